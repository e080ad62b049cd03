; What only the grammar of C++ has.

; definitions
(class_specifier name: (_) @declarator body: (_)) @definition.class
(namespace_definition name: (_) @declarator) @definition.module
(alias_declaration name: (type_identifier) @name) @definition.type
(concept_definition name: (identifier) @name) @definition.type

; uses; to declare a value of a class is to make one
(call_expression function: [
  (qualified_identifier scope: (_) @path name: [
    (identifier) @name (template_function name: (identifier) @name)])
  (qualified_identifier name: (qualified_identifier scope: (_) @path name: [
    (identifier) @name (template_function name: (identifier) @name)]))
  (qualified_identifier name: (qualified_identifier name: (qualified_identifier
    scope: (_) @path name: [(identifier) @name (template_function name: (identifier) @name)])))
  (qualified_identifier !scope name: (identifier) @name)
  (template_function name: (identifier) @name)
  (field_expression argument: (_) @receiver field: [
    (template_method name: (field_identifier) @name)
    (dependent_name (template_method name: (field_identifier) @name))
    (qualified_identifier name: (field_identifier) @name)])]) @call
[(new_expression type: [
   (type_identifier) @name
   (template_type name: (type_identifier) @name)
   (qualified_identifier scope: (_) @path name: [
     (type_identifier) @name (template_type name: (type_identifier) @name)])
   (qualified_identifier name: (qualified_identifier scope: (_) @path name: (type_identifier) @name))])
 (compound_literal_expression type: [
   (type_identifier) @name
   (template_type name: (type_identifier) @name)
   (qualified_identifier scope: (_) @path name: (type_identifier) @name)])
 (declaration type: [
     (type_identifier) @name
     (template_type name: (type_identifier) @name)
     (qualified_identifier scope: (_) @path name: (type_identifier) @name)]
   declarator: (init_declarator value: [(argument_list) (initializer_list)]))
 (compound_statement (declaration type: [
     (type_identifier) @name
     (template_type name: (type_identifier) @name)
     (qualified_identifier scope: (_) @path name: (type_identifier) @name)]
   declarator: (identifier)))
 (call_expression function: [
   (template_function name: (identifier) @_make
     arguments: (template_argument_list (type_descriptor type: [
       (type_identifier) @name
       (qualified_identifier scope: (_) @path name: (type_identifier) @name)])))
   (qualified_identifier name: (template_function name: (identifier) @_make
     arguments: (template_argument_list (type_descriptor type: [
       (type_identifier) @name
       (qualified_identifier scope: (_) @path name: (type_identifier) @name)]))))]
   (#any-of? @_make "make_unique" "make_shared" "make_intrusive"))] @call

(field_initializer (field_identifier) @name) @write
(assignment_expression left: (qualified_identifier scope: (_) @path name: (identifier) @name)) @write

(throw_statement [
  (identifier) @name
  (call_expression function: [
    (identifier) @name
    (template_function name: (identifier) @name)
    (qualified_identifier scope: (_) @path name: (identifier) @name)
    (qualified_identifier name: (qualified_identifier scope: (_) @path name: (identifier) @name))])
  (compound_literal_expression type: [
    (type_identifier) @name
    (qualified_identifier scope: (_) @path name: (type_identifier) @name)])
  (new_expression type: (type_identifier) @name)]) @raise
(catch_clause parameters: (parameter_list (parameter_declaration type: [
  (type_identifier) @name
  (qualified_identifier scope: (_) @path name: (type_identifier) @name)
  (qualified_identifier name: (qualified_identifier scope: (_) @path name: (type_identifier) @name))]))) @catch

(attribute name: (identifier) @name) @decorate

; types that are written
(declaration type: [(qualified_identifier) (template_type)] @type declarator: (_) @declarator) @typed
(field_declaration type: [
    (type_identifier) @type (qualified_identifier) @type (template_type) @type
    (struct_specifier name: (_) @type)]
  declarator: (_) @declarator) @typed
(declaration type: (placeholder_type_specifier) declarator: (init_declarator
  declarator: (_) @declarator value: [
    (call_expression) (field_expression) (identifier) (pointer_expression) (new_expression)
    (subscript_expression) (cast_expression) (conditional_expression) (qualified_identifier)
    (compound_literal_expression) (parenthesized_expression)] @value)) @typed
(for_range_loop type: (placeholder_type_specifier) declarator: (_) @declarator right: (_) @each) @typed
(lambda_expression declarator: (_ parameters: (parameter_list (parameter_declaration
  type: [(type_identifier) (qualified_identifier) (template_type)] @type declarator: (_) @declarator)))) @typed
(for_range_loop type: [(type_identifier) (qualified_identifier) (template_type)] @type
  declarator: (_) @declarator) @typed
(catch_clause parameters: (parameter_list (parameter_declaration
  type: [(type_identifier) (qualified_identifier)] @type declarator: (_) @declarator))) @typed

(using_declaration) @import
(namespace_alias_definition) @import

(raw_string_content) @opaque

[(for_range_loop) (catch_clause)] @branch
