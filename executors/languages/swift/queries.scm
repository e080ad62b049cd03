; definitions; an `extension` says more of a type that is defined elsewhere
(class_declaration declaration_kind: _ @_kind name: (type_identifier) @name) @definition.class
(class_declaration declaration_kind: "extension" name: (user_type (type_identifier) @name .)) @definition.extension
(class_declaration declaration_kind: "extension"
  name: (user_type (type_identifier) @name . (type_arguments))) @definition.extension
(protocol_declaration name: (type_identifier) @name) @definition.interface
(typealias_declaration name: (type_identifier) @name) @definition.type
(associatedtype_declaration name: (type_identifier) @name) @definition.type
(function_declaration name: (simple_identifier) @name) @definition.function
(protocol_function_declaration name: (simple_identifier) @name) @definition.method
(init_declaration name: _ @name) @definition.method
(property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @definition.property
(protocol_property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @definition.property
(enum_entry name: (simple_identifier) @name) @definition.variant
(macro_declaration (simple_identifier) @name) @definition.macro

; uses
(call_expression . [
  (simple_identifier) @name
  (navigation_expression target: (_) @receiver suffix: (navigation_suffix suffix: (simple_identifier) @name))
  (prefix_expression target: (simple_identifier) @name)]
  . (call_suffix [(value_arguments . "(") (lambda_literal)])) @call
(constructor_expression constructed_type: (user_type (type_identifier) @name .)) @call

[(assignment target: (directly_assignable_expression [
   (simple_identifier) @name
   (navigation_expression target: (_) @receiver suffix: (navigation_suffix suffix: (simple_identifier) @name))
   (call_expression . [
     (simple_identifier) @name
     (navigation_expression target: (_) @receiver suffix: (navigation_suffix suffix: (simple_identifier) @name))])]))
 (statements (property_declaration name: (pattern bound_identifier: (simple_identifier) @name) value: (_)))
 (for_statement item: (pattern bound_identifier: (simple_identifier) @name))] @write

(control_transfer_statement (throw_keyword) [
  (call_expression . [
    (simple_identifier) @name
    (navigation_expression target: (_) @receiver suffix: (navigation_suffix suffix: (simple_identifier) @name))])
  (navigation_expression target: (_) @receiver suffix: (navigation_suffix suffix: (simple_identifier) @name))]) @raise
((call_expression . (simple_identifier) @name) @raise
  (#match? @name "^(fatalError|preconditionFailure|assertionFailure)$"))
(catch_block error: (pattern . (user_type (type_identifier) @receiver) (simple_identifier) @name)) @catch
(catch_block error: (pattern (pattern) (user_type (type_identifier) @name .))) @catch

(attribute (user_type (type_identifier) @name .)) @decorate

; types that are written, and values that are made
(property_declaration name: (pattern bound_identifier: (simple_identifier) @name)
  (type_annotation (_) @type)) @typed
((property_declaration name: (pattern bound_identifier: (simple_identifier) @name)
  value: (call_expression . (simple_identifier) @type)) @typed
  (#match? @type "^[A-Z]"))

(import_declaration) @import

[(comment) (multiline_comment) (line_str_text) (multi_line_str_text) (raw_str_part)] @opaque

; An `else if` is one more branch, but no deeper than the `if` it belongs to.
(statements (if_statement) @branch)
(if_statement (else) . (if_statement) @boolean)
[(guard_statement) (for_statement) (while_statement) (repeat_while_statement) (switch_statement)
 (catch_block)] @branch
[(switch_entry (switch_pattern)) (ternary_expression) (conjunction_expression)
 (disjunction_expression) (nil_coalescing_expression)] @boolean
