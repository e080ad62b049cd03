; definitions
(package_clause name: (_) @name) @definition.package
(class_definition name: (identifier) @name) @definition.class
(object_definition name: (identifier) @name) @definition.class
(trait_definition name: (identifier) @name) @definition.trait
(enum_definition name: (identifier) @name) @definition.enum
(simple_enum_case name: (identifier) @name) @definition.variant
(full_enum_case name: (identifier) @name) @definition.variant
(type_definition name: (type_identifier) @name) @definition.type
(function_definition name: (_) @name) @definition.function
(function_declaration name: (_) @name) @definition.function
(val_definition pattern: (identifier) @name) @definition.property
(var_definition pattern: (identifier) @name) @definition.property
(val_definition pattern: (tuple_pattern (identifier) @name)) @definition.property
(val_declaration name: (identifier) @name) @definition.property
(var_declaration name: (identifier) @name) @definition.property
(given_definition name: (identifier) @name) @definition.property
(class_parameter name: (identifier) @name) @definition.field

; uses
(call_expression function: [
  (identifier) @name
  (field_expression value: (_) @receiver field: (identifier) @name)
  (generic_function function: [
    (identifier) @name
    (field_expression value: (_) @receiver field: (identifier) @name)])]) @call
(instance_expression [
  (type_identifier) @name
  (stable_type_identifier (_) @receiver (type_identifier) @name)
  (generic_type type: [(type_identifier) @name (stable_type_identifier (_) @receiver (type_identifier) @name)])]) @call
(infix_expression left: (_) @receiver operator: (identifier) @name) @call

[(assignment_expression left: [
   (identifier) @name
   (field_expression value: (_) @receiver field: (identifier) @name)
   (call_expression function: [
     (identifier) @name
     (field_expression value: (_) @receiver field: (identifier) @name)])])
 (block (val_definition pattern: (identifier) @name))
 (block (var_definition pattern: (identifier) @name))] @write
((infix_expression left: [
   (identifier) @name
   (field_expression value: (_) @receiver field: (identifier) @name)]
  operator: (operator_identifier) @_operator) @write
  (#match? @_operator "^[^=<>!][^=<>!]*=$"))

(throw_expression [
  (instance_expression [
    (type_identifier) @name
    (stable_type_identifier (_) @receiver (type_identifier) @name)
    (generic_type type: (type_identifier) @name)])
  (call_expression function: [
    (identifier) @name
    (field_expression value: (_) @receiver field: (identifier) @name)])]) @raise
(catch_clause (case_block (case_clause pattern: [
  (typed_pattern type: [
    (type_identifier) @name
    (stable_type_identifier (_) @receiver (type_identifier) @name)])
  (case_class_pattern type: [
    (type_identifier) @name
    (stable_type_identifier (_) @receiver (type_identifier) @name)])]))) @catch

(annotation name: [
  (type_identifier) @name
  (stable_type_identifier (_) @receiver (type_identifier) @name)]) @decorate

; types that are written, and values that are made
(val_definition pattern: (identifier) @name type: (_) @type) @typed
(var_definition pattern: (identifier) @name type: (_) @type) @typed
(val_definition pattern: (identifier) @name value: (instance_expression . "new" . (_) @type)) @typed
((val_definition pattern: (identifier) @name value: (call_expression function: (identifier) @type)) @typed
  (#match? @type "^[A-Z]"))

(import_declaration) @import
(export_declaration) @import

[(comment) (block_comment) (string) (interpolated_string) (character_literal)] @opaque

; An `else if` is one more branch, but no deeper than the `if` it belongs to.
[(block (if_expression) @branch)
 (function_definition body: (if_expression) @branch)
 (indented_block (if_expression) @branch)
 (val_definition value: (if_expression) @branch)
 (case_clause body: (if_expression) @branch)
 (lambda_expression (if_expression) @branch)]
(if_expression alternative: (if_expression) @boolean)
[(for_expression) (while_expression) (match_expression) (catch_clause)] @branch
(case_clause) @boolean
((infix_expression operator: (operator_identifier) @_operator) @boolean
  (#any-of? @_operator "&&" "||"))
