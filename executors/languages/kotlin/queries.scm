; definitions; members of a companion object are members of its class
(package_header (qualified_identifier) @name) @definition.package
(class_declaration name: (identifier) @name) @definition.class
(object_declaration name: (identifier) @name) @definition.class
(type_alias type: (identifier) @name) @definition.type
(enum_entry . (identifier) @name) @definition.variant
(enum_entry . (modifiers) . (identifier) @name) @definition.variant
(function_declaration name: (identifier) @name) @definition.function
(secondary_constructor "constructor" @name) @definition.method
(property_declaration (variable_declaration . (identifier) @name)) @definition.property
(property_declaration (multi_variable_declaration (variable_declaration . (identifier) @name))) @definition.property
(class_parameter ["val" "var"] . (identifier) @name) @definition.property

; uses
(call_expression . [
  (identifier) @name
  (navigation_expression . (_) @receiver (identifier) @name .)]) @call
(annotated_expression (identifier) @name) @call
; `name<Type>(x)`, which the grammar reads as two comparisons
(binary_expression
  left: (binary_expression left: [
    (identifier) @name
    (navigation_expression . (_) @receiver (identifier) @name .)] operator: "<")
  operator: ">" right: (parenthesized_expression)) @call
(infix_expression . (_) @receiver (identifier) @name (_) .) @call
(delegation_specifier (constructor_invocation [
  (user_type (identifier) @name .) (user_type (identifier) @name . (type_arguments))])) @call

[(assignment left: [
   (identifier) @name
   (navigation_expression . (_) @receiver (identifier) @name .)
   (index_expression . [
     (identifier) @name
     (navigation_expression . (_) @receiver (identifier) @name .)])])
 (unary_expression argument: [
   (identifier) @name
   (navigation_expression . (_) @receiver (identifier) @name .)] operator: ["++" "--"])
 (unary_expression operator: ["++" "--"] argument: [
   (identifier) @name
   (navigation_expression . (_) @receiver (identifier) @name .)])] @write
(block (property_declaration (variable_declaration . (identifier) @name) "=") @write)

(throw_expression (call_expression . [
  (identifier) @name
  (navigation_expression . (_) @receiver (identifier) @name .)])) @raise
((call_expression . (identifier) @name) @raise (#match? @name "^(error|TODO)$"))
(catch_block (user_type (identifier) @name .)) @catch

(annotation [
  (user_type (identifier) @name .)
  (constructor_invocation (user_type (identifier) @name .))]) @decorate

; types that are written, and values that are made
(property_declaration (variable_declaration . (identifier) @name (_) @type)) @typed
((property_declaration
  (variable_declaration . (identifier) @name .)
  (call_expression . [
    (identifier) @type
    (navigation_expression (identifier) @type .)])) @typed
  (#match? @type "^[A-Z]"))
((property_declaration (variable_declaration . (identifier) @name .) (as_expression right: (_) @type)) @typed)
(for_statement (variable_declaration . (identifier) @name (_) @type)) @typed
(catch_block (identifier) @name (user_type) @type) @typed

(import) @import

[(line_comment) (block_comment) (string_content) (character_literal)] @opaque

; An `else if` is one more branch, but no deeper than the `if` it belongs to.
[(block (if_expression) @branch)
 (function_body (if_expression) @branch)
 (lambda_literal (if_expression) @branch)
 (property_declaration (if_expression) @branch)
 (assignment right: (if_expression) @branch)
 (return_expression (if_expression) @branch)
 (when_entry (if_expression) @branch)
 (value_argument (if_expression) @branch)
 (for_statement (if_expression) @branch)]
(if_expression "else" . (if_expression) @boolean)
[(for_statement) (while_statement) (do_while_statement) (when_expression) (catch_block)] @branch
(when_entry condition: (_)) @boolean
(binary_expression operator: ["&&" "||" "?:"]) @boolean
