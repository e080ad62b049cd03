; definitions
(function_declaration name: (identifier) @name) @definition.function
(method_declaration name: (field_identifier) @name) @definition.method
(type_spec name: (type_identifier) @name) @definition.type
(type_alias name: (type_identifier) @name) @definition.type
(method_elem name: (field_identifier) @name) @definition.method
(field_declaration name: (field_identifier) @name) @definition.field
(const_spec name: (identifier) @name) @definition.constant
(var_spec name: (identifier) @name) @definition.variable
(short_var_declaration
  left: (expression_list . (identifier) @name .)
  right: (expression_list . (func_literal) .)) @definition.function

; uses; to write down a value of a type is to make one, and `new(T)` parses its argument as a type
(call_expression function: [
  (identifier) @name
  (selector_expression operand: (_) @receiver field: (field_identifier) @name)]) @call
(call_expression arguments: (argument_list . [
  (type_identifier) @name
  (qualified_type package: (_) @receiver name: (type_identifier) @name)])) @call
(type_conversion_expression type: (generic_type type: [
  (type_identifier) @name
  (qualified_type package: (_) @receiver name: (type_identifier) @name)])) @call
(composite_literal type: [
  (type_identifier) @name
  (qualified_type package: (_) @receiver name: (type_identifier) @name)
  (generic_type type: (type_identifier) @name)
  (generic_type type: (qualified_type package: (_) @receiver name: (type_identifier) @name))]) @call

[(assignment_statement left: (expression_list [
   (identifier) @name
   (selector_expression operand: (_) @receiver field: (field_identifier) @name)
   (index_expression operand: (identifier) @name)
   (index_expression operand: (selector_expression
     operand: (_) @receiver field: (field_identifier) @name))
   (unary_expression operator: "*" operand: (identifier) @name)
   (unary_expression operator: "*" operand: (selector_expression
     operand: (_) @receiver field: (field_identifier) @name))]))
 (inc_statement [
   (identifier) @name
   (selector_expression operand: (_) @receiver field: (field_identifier) @name)
   (index_expression operand: (identifier) @name)
   (index_expression operand: (selector_expression
     operand: (_) @receiver field: (field_identifier) @name))])
 (dec_statement [
   (identifier) @name
   (selector_expression operand: (_) @receiver field: (field_identifier) @name)
   (index_expression operand: (identifier) @name)
   (index_expression operand: (selector_expression
     operand: (_) @receiver field: (field_identifier) @name))])
 (short_var_declaration left: (expression_list (identifier) @name))
 (range_clause left: (expression_list [
   (identifier) @name
   (selector_expression operand: (_) @receiver field: (field_identifier) @name)]))
 (var_spec name: (identifier) @name value: (_))
 (const_spec name: (identifier) @name value: (_))] @write
; `T{Name: x}` sets the field of a T, which stands in for the receiver
(composite_literal
  type: [(type_identifier) (qualified_type) (generic_type)] @receiver
  body: (literal_value (keyed_element . (literal_element (identifier) @name)))) @write

((call_expression function: (identifier) @name) @raise (#eq? @name "panic"))
((call_expression function: (identifier) @name) @catch (#eq? @name "recover"))
((call_expression
  function: (selector_expression operand: (identifier) @_errors field: (field_identifier) @_test)
  arguments: (argument_list . (_) . [
    (identifier) @name
    (selector_expression operand: (_) @receiver field: (field_identifier) @name)])) @catch
  (#eq? @_errors "errors") (#any-of? @_test "Is" "As"))
; `var target *T` right before `errors.As(err, &target)` catches a T
((statement_list
  (var_declaration (var_spec name: (identifier) @_target type: [
    (type_identifier) @name
    (qualified_type package: (_) @receiver name: (type_identifier) @name)
    (pointer_type (type_identifier) @name)
    (pointer_type (qualified_type package: (_) @receiver name: (type_identifier) @name))]))
  . [(if_statement condition: (call_expression
       function: (selector_expression field: (field_identifier) @_as)
       arguments: (argument_list (unary_expression operand: (identifier) @_taken))))
     (return_statement (expression_list (call_expression
       function: (selector_expression field: (field_identifier) @_as)
       arguments: (argument_list (unary_expression operand: (identifier) @_taken)))))]) @catch
  (#eq? @_as "As") (#eq? @_target @_taken))
((binary_expression operator: ["==" "!="] right: [
  (identifier) @name
  (selector_expression operand: (_) @receiver field: (field_identifier) @name)]) @catch
  (#match? @name "^Err[A-Z]|^err[A-Z]|^EOF$"))

; types that are written: receivers, variables, parameters of function literals, values made
[(method_declaration receiver: (parameter_list (parameter_declaration name: (identifier) @name type: [
   (type_identifier) @type
   (generic_type type: (_) @type)
   (pointer_type (type_identifier) @type)
   (pointer_type (generic_type type: (_) @type))])))
 (func_literal parameters: (parameter_list (parameter_declaration name: (identifier) @name type: [
   (type_identifier) @type (qualified_type) @type
   (pointer_type [(type_identifier) (qualified_type)] @type)])))
 (var_spec name: (identifier) @name type: [
   (type_identifier) @type (qualified_type) @type (generic_type) @type
   (pointer_type [(type_identifier) (qualified_type) (generic_type)] @type)])
 (var_spec name: (identifier) @name value: (expression_list . [
   (composite_literal type: [(type_identifier) (qualified_type) (generic_type)] @type)
   (unary_expression operand: (composite_literal
     type: [(type_identifier) (qualified_type) (generic_type)] @type))] .))
 (short_var_declaration left: (expression_list . (identifier) @name) right: (expression_list . [
   (composite_literal type: [(type_identifier) (qualified_type) (generic_type)] @type)
   (unary_expression operand: (composite_literal
     type: [(type_identifier) (qualified_type) (generic_type)] @type))
   (type_assertion_expression type: [(type_identifier) (qualified_type)] @type)
   (type_assertion_expression type: (pointer_type [(type_identifier) (qualified_type)] @type))
   (call_expression function: (identifier) @_new
     arguments: (argument_list . [(type_identifier) (qualified_type)] @type .))]))] @typed

(import_spec) @import

[(comment) (interpreted_string_literal_content) (raw_string_literal_content) (rune_literal)] @opaque

; An `else if` is one more branch, but no deeper than the `if` it belongs to.
(statement_list (if_statement) @branch)
(if_statement alternative: (if_statement) @boolean)
[(for_statement) (expression_switch_statement) (type_switch_statement) (select_statement)] @branch
[(expression_case) (type_case) (communication_case)] @boolean
(binary_expression operator: ["&&" "||"]) @boolean
