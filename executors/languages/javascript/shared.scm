; What the grammars of JavaScript, TypeScript and TSX have in common.

; definitions
(class_declaration name: (_) @name) @definition.class
(class name: (_) @name) @definition.class
(function_declaration name: (_) @name) @definition.function
(generator_function_declaration name: (_) @name) @definition.function
(function_expression name: (_) @name) @definition.function
(method_definition name: [
  (property_identifier) (private_property_identifier) (string)] @name) @definition.method
(pair key: [(property_identifier) (string)] @name
  value: [(arrow_function) (function_expression) (generator_function)]) @definition.method
(variable_declarator name: (identifier) @name) @definition.variable
(variable_declarator name: [
  (object_pattern [
    (shorthand_property_identifier_pattern) @name
    (pair_pattern value: (identifier) @name)
    (pair_pattern value: (assignment_pattern left: (identifier) @name))
    (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name)])
  (array_pattern (identifier) @name)]) @definition.variable @write
(assignment_expression
  left: [(identifier) @name
         (member_expression property: [(property_identifier) (private_property_identifier)] @name)]
  right: [(arrow_function) (function_expression) (generator_function) (class)
          (assignment_expression)]) @definition.method

; uses
(call_expression function: [
  (identifier) @name
  (member_expression object: (_) @receiver
    property: [(property_identifier) (private_property_identifier)] @name)]) @call
(new_expression constructor: [
  (identifier) @name
  (member_expression object: (_) @receiver property: (property_identifier) @name)]) @call

(variable_declarator name: (identifier) @name value: (_)) @write
(assignment_expression left: [
  (identifier) @name
  (member_expression object: (_) @receiver
    property: [(property_identifier) (private_property_identifier)] @name)
  (subscript_expression object: (identifier) @name)
  (subscript_expression object: (member_expression object: (_) @receiver
    property: [(property_identifier) (private_property_identifier)] @name))
  (array_pattern (identifier) @name)
  (array_pattern (member_expression object: (_) @receiver property: (property_identifier) @name))
  (object_pattern (shorthand_property_identifier_pattern) @name)
  (object_pattern (pair_pattern value: (identifier) @name))]) @write
(augmented_assignment_expression left: [
  (identifier) @name
  (member_expression object: (_) @receiver
    property: [(property_identifier) (private_property_identifier)] @name)
  (subscript_expression object: (identifier) @name)
  (subscript_expression object: (member_expression object: (_) @receiver
    property: [(property_identifier) (private_property_identifier)] @name))]) @write
(update_expression argument: [
  (identifier) @name
  (member_expression object: (_) @receiver
    property: [(property_identifier) (private_property_identifier)] @name)
  (subscript_expression object: (identifier) @name)
  (subscript_expression object: (member_expression object: (_) @receiver
    property: [(property_identifier) (private_property_identifier)] @name))]) @write
(unary_expression operator: "delete" argument: [
  (member_expression object: (_) @receiver property: (property_identifier) @name)
  (subscript_expression object: (identifier) @name)
  (subscript_expression object: (member_expression object: (_) @receiver
    property: (property_identifier) @name))]) @write
(for_in_statement left: (identifier) @name) @write

(throw_statement [
  (identifier) @name
  (new_expression constructor: (identifier) @name)
  (new_expression constructor: (member_expression object: (_) @receiver
    property: (property_identifier) @name))
  (call_expression function: (identifier) @name)
  (call_expression function: (member_expression object: (_) @receiver
    property: (property_identifier) @name))]) @raise

; There are no typed catch clauses: an error is told apart by `instanceof`, mostly inside `catch`,
; in a rejection handler or in error middleware; the name has to tell it from other type tests.
((binary_expression operator: "instanceof" right: [
  (identifier) @name
  (member_expression object: (_) @receiver property: (property_identifier) @name)]) @catch
  (#match? @name "(Error|Exception|Err|Failure|Fault)[0-9]*$"))

(decorator [
  (identifier) @name
  (member_expression object: (_) @receiver property: (property_identifier) @name)
  (call_expression function: (identifier) @name)
  (call_expression function: (member_expression object: (_) @receiver
    property: (property_identifier) @name))]) @decorate

; types that are written
(variable_declarator name: (identifier) @name value: (new_expression constructor: (_) @type)) @typed
(assignment_expression left: [(identifier) (member_expression)] @name
  right: (new_expression constructor: (_) @type)) @typed

(import_statement) @import
(export_statement source: (_)) @import
((call_expression function: (identifier) @_require arguments: (arguments . (string))) @import
  (#eq? @_require "require"))
(call_expression function: (import)) @import

[(comment) (string_fragment) (regex_pattern)] @opaque

; An `else if` is one more branch, but no deeper than the `if` it belongs to.
(program (if_statement) @branch)
(statement_block (if_statement) @branch)
(switch_case (if_statement) @branch)
(switch_default (if_statement) @branch)
(else_clause (if_statement) @boolean)
[(for_statement) (for_in_statement) (while_statement) (do_statement) (catch_clause)
 (switch_statement)] @branch
[(switch_case) (ternary_expression)] @boolean
(binary_expression operator: ["&&" "||" "??"]) @boolean
