; What the grammars of C and C++ both have.

; definitions
(function_definition declarator: (_) @declarator) @definition.function
(struct_specifier name: (_) @declarator body: (_)) @definition.struct
(union_specifier name: (_) @declarator body: (_)) @definition.struct
(enum_specifier name: (_) @declarator body: (_)) @definition.enum
(enumerator name: (identifier) @name) @definition.variant
(type_definition type: (struct_specifier !name body: (_)) . declarator: (type_identifier) @name) @definition.struct
(type_definition type: (union_specifier !name body: (_)) . declarator: (type_identifier) @name) @definition.struct
(type_definition type: (enum_specifier !name body: (_)) . declarator: (type_identifier) @name) @definition.enum
(type_definition type: [
  (struct_specifier body: (_)) (union_specifier body: (_)) (enum_specifier body: (_))]
  declarator: (_) @declarator @definition.type)
(type_definition declarator: (_) @declarator) @definition.type
(field_declaration declarator: (_) @declarator) @definition.field
(declaration declarator: (_) @declarator) @definition.variable
(preproc_def name: (identifier) @name) @definition.macro
(preproc_function_def name: (identifier) @name) @definition.macro

; uses
(call_expression function: [
  (identifier) @name
  (field_expression argument: (_) @receiver field: (field_identifier) @name)
  (parenthesized_expression (pointer_expression argument: [
    (identifier) @name
    (field_expression argument: (_) @receiver field: (field_identifier) @name)]))]) @call

[(assignment_expression left: [
   (identifier) @name
   (field_expression argument: (_) @receiver field: (field_identifier) @name)
   (subscript_expression argument: (identifier) @name)
   (subscript_expression argument: (field_expression
     argument: (_) @receiver field: (field_identifier) @name))
   (pointer_expression argument: (identifier) @name)
   (pointer_expression argument: (field_expression
     argument: (_) @receiver field: (field_identifier) @name))])
 (update_expression argument: [
   (identifier) @name
   (field_expression argument: (_) @receiver field: (field_identifier) @name)
   (subscript_expression argument: (identifier) @name)
   (subscript_expression argument: (field_expression
     argument: (_) @receiver field: (field_identifier) @name))])
 (initializer_pair designator: (field_designator (field_identifier) @name))] @write
(init_declarator declarator: (_) @declarator) @write

; types that are written; those of parameters are in `Details.parameters`
(declaration type: [
    (type_identifier) @type
    (struct_specifier name: (_) @type)
    (union_specifier name: (_) @type)]
  declarator: (_) @declarator) @typed

(preproc_include) @import

[(comment) (string_content) (system_lib_string) (char_literal)] @opaque

; An `else if` is one more branch, but no deeper than the `if` it belongs to.
(compound_statement (if_statement) @branch)
(case_statement (if_statement) @branch)
(else_clause (if_statement) @boolean)
[(for_statement) (while_statement) (do_statement) (switch_statement)] @branch
(case_statement value: (_)) @boolean
(binary_expression operator: ["&&" "||"]) @boolean
(conditional_expression) @boolean
