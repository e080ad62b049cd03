; definitions
(function_definition name: (word) @name) @definition.function
(variable_assignment name: (variable_name) @name) @definition.variable

; uses
(command name: (command_name (word) @name)) @call
((command name: (command_name (word) @_trap) argument: (word) @name) @call
  (#eq? @_trap "trap") (#not-match? @name "^[A-Z0-9-]+$"))

(variable_assignment name: [(variable_name) @name (subscript name: (variable_name) @name)]) @write
(for_statement variable: (variable_name) @name) @write
((command name: (command_name (word) @_read) argument: (word) @name) @write
  (#any-of? @_read "read" "mapfile" "readarray") (#match? @name "^[A-Za-z_]"))

((command name: (command_name (word) @_source) . argument: (_)) @import
  (#any-of? @_source "source" "."))

[(comment) (string_content) (raw_string) (heredoc_body)] @opaque

[(if_statement) (for_statement) (c_style_for_statement) (while_statement) (case_statement)] @branch
[(elif_clause) (case_item)] @boolean
(list ["&&" "||"]) @boolean
