; definitions
[(namespace_declaration name: [(identifier) @name (qualified_name name: (identifier) @name)])
 (file_scoped_namespace_declaration name: [
   (identifier) @name (qualified_name name: (identifier) @name)])] @definition.package
(class_declaration name: (identifier) @name) @definition.class
(record_declaration name: (identifier) @name) @definition.class
(struct_declaration name: (identifier) @name) @definition.struct
(interface_declaration name: (identifier) @name) @definition.interface
(enum_declaration name: (identifier) @name) @definition.enum
(enum_member_declaration name: (identifier) @name) @definition.variant
(delegate_declaration name: (identifier) @name) @definition.type
(method_declaration name: (identifier) @name) @definition.method
(constructor_declaration name: (identifier) @name) @definition.method
(local_function_statement name: (identifier) @name) @definition.function
(property_declaration name: (identifier) @name) @definition.property
(event_declaration name: (identifier) @name) @definition.property
(event_field_declaration (variable_declaration
  (variable_declarator name: (identifier) @name))) @definition.property
(field_declaration (variable_declaration
  (variable_declarator name: (identifier) @name))) @definition.field
(record_declaration (parameter_list (parameter name: (identifier) @name) @definition.property))

; uses
(invocation_expression function: [
  (identifier) @name
  (generic_name . (identifier) @name)
  (member_access_expression expression: _ @receiver name: [
    (identifier) @name (generic_name . (identifier) @name)])
  (conditional_access_expression condition: (_) @receiver (member_binding_expression name: [
    (identifier) @name (generic_name . (identifier) @name)]))]) @call
(object_creation_expression type: [
  (identifier) @name
  (generic_name . (identifier) @name)
  (qualified_name qualifier: (_) @receiver name: [
    (identifier) @name (generic_name . (identifier) @name)])]) @call
; `Item x = new(…)`
(variable_declaration
  type: [(identifier) @name (generic_name . (identifier) @name)]
  (variable_declarator (implicit_object_creation_expression))) @call
(constructor_initializer ["base" "this"] @name) @call

[(assignment_expression left: [
   (identifier) @name
   (member_access_expression expression: _ @receiver name: (identifier) @name)
   (element_access_expression expression: [
     (identifier) @name
     (member_access_expression expression: _ @receiver name: (identifier) @name)])])
 (postfix_unary_expression [
   (identifier) @name
   (member_access_expression expression: _ @receiver name: (identifier) @name)] ["++" "--"])
 (prefix_unary_expression ["++" "--"] [
   (identifier) @name
   (member_access_expression expression: _ @receiver name: (identifier) @name)])
 (local_declaration_statement (variable_declaration
   (variable_declarator name: (identifier) @name "=")))
 (foreach_statement left: (identifier) @name)] @write
; `new Item { Name = … }` sets the property of an Item
(object_creation_expression type: (_) @receiver initializer: (initializer_expression
  (assignment_expression left: (identifier) @name))) @write

(throw_statement (object_creation_expression type: [
  (identifier) @name
  (generic_name . (identifier) @name)
  (qualified_name qualifier: (_) @receiver name: (identifier) @name)])) @raise
(throw_expression (object_creation_expression type: [
  (identifier) @name
  (generic_name . (identifier) @name)
  (qualified_name qualifier: (_) @receiver name: (identifier) @name)])) @raise
((invocation_expression function: (member_access_expression
  expression: [(identifier) @name (member_access_expression expression: _ @receiver name: (identifier) @name)]
  name: (identifier) @_throw)) @raise
  (#match? @_throw "^ThrowIf"))
(catch_declaration type: [
  (identifier) @name
  (generic_name . (identifier) @name)
  (qualified_name qualifier: (_) @receiver name: (identifier) @name)]) @catch

(attribute name: [
  (identifier) @name
  (generic_name . (identifier) @name)
  (qualified_name qualifier: (_) @receiver name: (identifier) @name)]) @decorate

; types that are written, and values that are made
(local_declaration_statement (variable_declaration
  type: [(identifier) (generic_name) (qualified_name) (nullable_type) (predefined_type) (array_type)] @type
  (variable_declarator name: (identifier) @name))) @typed
(local_declaration_statement (variable_declaration
  type: (implicit_type)
  (variable_declarator name: (identifier) @name (object_creation_expression type: (_) @type)))) @typed
(using_statement (variable_declaration
  type: (implicit_type)
  (variable_declarator name: (identifier) @name (object_creation_expression type: (_) @type)))) @typed
(using_statement (variable_declaration
  type: [(identifier) (generic_name) (qualified_name)] @type
  (variable_declarator name: (identifier) @name))) @typed
(foreach_statement
  type: [(identifier) (generic_name) (qualified_name) (predefined_type)] @type
  left: (identifier) @name) @typed
(declaration_pattern type: (_) @type name: (identifier) @name) @typed
(catch_declaration type: (_) @type name: (identifier) @name) @typed
((local_declaration_statement (variable_declaration
  (variable_declarator name: (identifier) @name
    (as_expression right: (_) @type)))) @typed)
(local_declaration_statement (variable_declaration
  (variable_declarator name: (identifier) @name (cast_expression type: (_) @type)))) @typed

(using_directive) @import

[(comment) (string_literal_content) (character_literal) (verbatim_string_literal)
 (raw_string_content) (string_content) (preproc_arg)] @opaque

; An `else if` is one more branch, but no deeper than the `if` it belongs to.
[(block (if_statement) @branch)
 (switch_section (if_statement) @branch)
 (if_statement consequence: (if_statement) @branch)
 (for_statement body: (if_statement) @branch)
 (foreach_statement body: (if_statement) @branch)
 (while_statement body: (if_statement) @branch)
 (global_statement (if_statement) @branch)]
(if_statement alternative: (if_statement) @boolean)
[(for_statement) (foreach_statement) (while_statement) (do_statement) (switch_statement)
 (switch_expression) (catch_clause)] @branch
[(switch_section "case") (switch_expression_arm) (conditional_expression)] @boolean
(binary_expression operator: ["&&" "||" "??"]) @boolean
