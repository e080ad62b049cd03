; definitions
(package_declaration (_) @name) @definition.package
(class_declaration name: (identifier) @name) @definition.class
(record_declaration name: (identifier) @name) @definition.class
(interface_declaration name: (identifier) @name) @definition.interface
(annotation_type_declaration name: (identifier) @name) @definition.interface
(enum_declaration name: (identifier) @name) @definition.enum
(enum_constant name: (identifier) @name) @definition.variant
(method_declaration name: (identifier) @name) @definition.method
(constructor_declaration name: (identifier) @name) @definition.method
(compact_constructor_declaration name: (identifier) @name) @definition.method
(annotation_type_element_declaration name: (identifier) @name) @definition.method
(field_declaration declarator: (variable_declarator name: (identifier) @name)) @definition.field
(constant_declaration declarator: (variable_declarator name: (identifier) @name)) @definition.constant
(record_declaration parameters: (formal_parameters
  (formal_parameter name: (identifier) @name) @definition.field))

; uses
(method_invocation !object name: (identifier) @name) @call
(method_invocation object: (_) @receiver name: (identifier) @name) @call
(object_creation_expression type: [
  (type_identifier) @name
  (scoped_type_identifier (_) @receiver (type_identifier) @name)
  (generic_type . [
    (type_identifier) @name
    (scoped_type_identifier (_) @receiver (type_identifier) @name)])]) @call
(explicit_constructor_invocation constructor: [(super) (this)] @name) @call

[(assignment_expression left: [
   (identifier) @name
   (field_access object: (_) @receiver field: (identifier) @name)
   (array_access array: [
     (identifier) @name
     (field_access object: (_) @receiver field: (identifier) @name)])])
 (update_expression [
   (identifier) @name
   (field_access object: (_) @receiver field: (identifier) @name)
   (array_access array: [
     (identifier) @name
     (field_access object: (_) @receiver field: (identifier) @name)])])
 (local_variable_declaration declarator: (variable_declarator name: (identifier) @name value: (_)))
 (enhanced_for_statement name: (identifier) @name)] @write

(throw_statement (object_creation_expression type: [
  (type_identifier) @name
  (scoped_type_identifier (_) @receiver (type_identifier) @name)
  (generic_type . (type_identifier) @name)])) @raise
((method_invocation name: (identifier) @_throw arguments: (argument_list [
  (method_reference . (identifier) @name)
  (lambda_expression body: (object_creation_expression type: (type_identifier) @name))])) @raise
  (#eq? @_throw "orElseThrow"))
(catch_type [
  (type_identifier) @name
  (scoped_type_identifier (_) @receiver (type_identifier) @name)]) @catch

(marker_annotation name: [
  (identifier) @name
  (scoped_identifier scope: (_) @receiver name: (identifier) @name)]) @decorate
(annotation name: [
  (identifier) @name
  (scoped_identifier scope: (_) @receiver name: (identifier) @name)]) @decorate

; types that are written, and values that are made
((local_variable_declaration type: (_) @type declarator: (variable_declarator name: (identifier) @name)) @typed
  (#not-eq? @type "var"))
(local_variable_declaration declarator: (variable_declarator
  name: (identifier) @name
  value: (object_creation_expression type: (_) @type))) @typed
(enhanced_for_statement type: (_) @type name: (identifier) @name) @typed
(resource type: (_) @type name: (identifier) @name) @typed
(instanceof_expression right: (_) @type name: (identifier) @name) @typed
(catch_formal_parameter (catch_type (_) @type) name: (identifier) @name) @typed
(lambda_expression parameters: (formal_parameters
  (formal_parameter type: (_) @type name: (identifier) @name))) @typed

(import_declaration) @import

[(line_comment) (block_comment) (character_literal) (string_fragment) (multiline_string_fragment)] @opaque

; An `else if` is one more branch, but no deeper than the `if` it belongs to.
[(block (if_statement) @branch)
 (constructor_body (if_statement) @branch)
 (switch_block_statement_group (if_statement) @branch)
 (if_statement consequence: (if_statement) @branch)
 (for_statement body: (if_statement) @branch)
 (enhanced_for_statement body: (if_statement) @branch)
 (while_statement body: (if_statement) @branch)]
(if_statement alternative: (if_statement) @boolean)
[(for_statement) (enhanced_for_statement) (while_statement) (do_statement) (switch_expression)
 (catch_clause)] @branch
[(switch_block_statement_group (switch_label (_))) (switch_rule (switch_label (_)))
 (ternary_expression)] @boolean
(binary_expression operator: ["&&" "||"]) @boolean
