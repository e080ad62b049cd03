; definitions
(namespace_definition name: (namespace_name) @name) @definition.package
(class_declaration name: (name) @name) @definition.class
(interface_declaration name: (name) @name) @definition.interface
(trait_declaration name: (name) @name) @definition.trait
(enum_declaration name: (name) @name) @definition.enum
(enum_case name: (name) @name) @definition.variant
(function_definition name: (name) @name) @definition.function
(method_declaration name: (name) @name) @definition.method
(property_element name: (variable_name (name) @name)) @definition.field
(property_promotion_parameter name: (variable_name (name) @name)) @definition.field
(const_element . (name) @name) @definition.constant
((function_call_expression function: (name) @_define
  arguments: (arguments . (argument (string (string_content) @name)))) @definition.constant
  (#eq? @_define "define"))

; uses
(function_call_expression function: [
  (name) @name
  (qualified_name . (name) @name)
  (qualified_name prefix: (namespace_name) @path (name) @name)]) @call
(member_call_expression object: (_) @receiver name: (name) @name) @call
(nullsafe_member_call_expression object: (_) @receiver name: (name) @name) @call
(scoped_call_expression scope: (_) @path name: (name) @name) @call
(object_creation_expression [
  (name) @name
  (qualified_name . (name) @name)
  (qualified_name prefix: (namespace_name) @path (name) @name)]) @call

[(assignment_expression left: [
   (variable_name (name) @name)
   (member_access_expression object: (_) @receiver name: (name) @name)
   (scoped_property_access_expression scope: (_) @path name: (variable_name (name) @name))
   (subscript_expression . (variable_name (name) @name))
   (subscript_expression . (member_access_expression object: (_) @receiver name: (name) @name))
   (subscript_expression . (scoped_property_access_expression
     scope: (_) @path name: (variable_name (name) @name)))
   (list_literal (variable_name (name) @name))
   (list_literal (member_access_expression object: (_) @receiver name: (name) @name))])
 (augmented_assignment_expression left: [
   (variable_name (name) @name)
   (member_access_expression object: (_) @receiver name: (name) @name)
   (scoped_property_access_expression scope: (_) @path name: (variable_name (name) @name))
   (subscript_expression . (member_access_expression object: (_) @receiver name: (name) @name))])
 (update_expression argument: [
   (variable_name (name) @name)
   (member_access_expression object: (_) @receiver name: (name) @name)
   (scoped_property_access_expression scope: (_) @path name: (variable_name (name) @name))])
 (property_element name: (variable_name (name) @name) default_value: (_))] @write

(throw_expression [
  (object_creation_expression [
    (name) @name
    (qualified_name . (name) @name)
    (qualified_name prefix: (namespace_name) @path (name) @name)])
  (scoped_call_expression scope: (name) @name)
  (scoped_call_expression scope: (qualified_name (name) @name))]) @raise
(catch_clause type: (type_list (named_type [
  (name) @name
  (qualified_name . (name) @name)
  (qualified_name prefix: (namespace_name) @path (name) @name)]))) @catch

(attribute [(name) @name (qualified_name (name) @name)]) @decorate

; types that are written; those of functions' parameters are in `Details.parameters`
(assignment_expression left: [(variable_name) (member_access_expression)] @name
  right: (object_creation_expression [(name) (qualified_name)] @type)) @typed
(catch_clause type: (type_list . (named_type) @type) name: (variable_name) @name) @typed
(anonymous_function parameters: (formal_parameters (simple_parameter
  type: (_) @type name: (variable_name) @name))) @typed
(arrow_function parameters: (formal_parameters (simple_parameter
  type: (_) @type name: (variable_name) @name))) @typed

(namespace_use_declaration) @import
[(require_expression) (require_once_expression) (include_expression) (include_once_expression)] @import

[(comment) (string_content) (nowdoc_string) (text)] @opaque

[(if_statement) (foreach_statement) (for_statement) (while_statement) (do_statement)
 (switch_statement) (match_expression) (catch_clause)] @branch
[(else_if_clause) (case_statement) (match_conditional_expression) (conditional_expression)] @boolean
(binary_expression operator: ["&&" "||" "and" "or" "??"]) @boolean
