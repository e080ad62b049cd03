; What only the grammars of TypeScript and TSX have.

; definitions
(abstract_class_declaration name: (_) @name) @definition.class
(interface_declaration name: (_) @name) @definition.interface
(type_alias_declaration name: (_) @name) @definition.type
(enum_declaration name: (_) @name) @definition.enum
(enum_body name: [(property_identifier) (string)] @name @definition.variant)
(enum_assignment name: [(property_identifier) (string)] @name) @definition.variant
[(internal_module name: [
   (identifier) @name (string) @name (nested_identifier property: (_) @name)])
 (module name: [
   (identifier) @name (string) @name (nested_identifier property: (_) @name)])] @definition.module
(function_signature name: (_) @name) @definition.function
[(method_signature name: [
   (property_identifier) (private_property_identifier) (string)] @name)
 (abstract_method_signature name: [
   (property_identifier) (private_property_identifier) (string)] @name)] @definition.method
(public_field_definition name: [
  (property_identifier) (private_property_identifier) (string)] @name) @definition.field
(property_signature name: [(property_identifier) (string)] @name) @definition.property
(required_parameter (accessibility_modifier) pattern: (identifier) @name) @definition.field
(required_parameter "readonly" pattern: (identifier) @name) @definition.field
(optional_parameter (accessibility_modifier) pattern: (identifier) @name) @definition.field

; uses
(public_field_definition name: [
  (property_identifier) (private_property_identifier)] @name value: (_)) @write
(assignment_expression left: (member_expression
  object: (non_null_expression . (_) @receiver) property: (property_identifier) @name)) @write
(throw_statement (as_expression . [
  (identifier) @name
  (as_expression . (identifier) @name)])) @raise

; types that are written; those of named functions' parameters are in `Details.parameters`
(variable_declarator name: (identifier) @name type: (type_annotation (_) @type)) @typed
(variable_declarator name: (identifier) @name value: (as_expression (_) (_) @type)) @typed
(arrow_function parameters: (formal_parameters [
  (required_parameter pattern: (identifier) @name type: (type_annotation (_) @type))
  (optional_parameter pattern: (identifier) @name type: (type_annotation (_) @type))])) @typed
