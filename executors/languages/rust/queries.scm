; definitions; an `impl` says more of a type that is defined elsewhere
(function_item name: (identifier) @name) @definition.function
(function_signature_item name: (identifier) @name) @definition.function
(struct_item name: (type_identifier) @name) @definition.struct
(union_item name: (type_identifier) @name) @definition.struct
(enum_item name: (type_identifier) @name) @definition.enum
(enum_variant name: (identifier) @name) @definition.variant
(field_declaration name: (field_identifier) @name) @definition.field
(trait_item name: (type_identifier) @name) @definition.trait
(type_item name: (type_identifier) @name) @definition.type
(associated_type name: (type_identifier) @name) @definition.type
(const_item name: (identifier) @name) @definition.constant
(static_item name: (identifier) @name) @definition.variable
(mod_item name: (identifier) @name) @definition.module
(macro_definition name: (identifier) @name) @definition.macro
(impl_item type: [
  (type_identifier) @name
  (primitive_type) @name
  (generic_type type: [(type_identifier) @name (scoped_type_identifier name: (_) @name)])
  (scoped_type_identifier name: (_) @name)
  (dynamic_type trait: [(type_identifier) @name (scoped_type_identifier name: (_) @name)])
  (reference_type type: [
    (type_identifier) @name
    (generic_type type: (type_identifier) @name)
    (scoped_type_identifier name: (_) @name)])]) @definition.extension

; uses; to write down a value of a struct is to make one
(call_expression function: [
  (identifier) @name
  (scoped_identifier path: (_) @path name: (identifier) @name)
  (field_expression value: (_) @receiver field: (field_identifier) @name)
  (generic_function function: [
    (identifier) @name
    (scoped_identifier path: (_) @path name: (identifier) @name)
    (field_expression value: (_) @receiver field: (field_identifier) @name)])]) @call
(macro_invocation macro: [
  (identifier) @name
  (scoped_identifier path: (_) @path name: (identifier) @name)]) @call
(struct_expression name: [
  (type_identifier) @name
  (scoped_type_identifier path: (_) @path name: (type_identifier) @name)
  (generic_type_with_turbofish type: (type_identifier) @name)]) @call
; the arguments of a macro are bare tokens
(token_tree (identifier) @name . (token_tree . "(") @adjacent) @call
(token_tree (identifier) @name . "!" @adjacent . (token_tree)) @call

[(assignment_expression left: [
   (identifier) @name
   (field_expression value: (_) @receiver field: (field_identifier) @name)
   (index_expression . [
     (identifier) @name
     (field_expression value: (_) @receiver field: (field_identifier) @name)])
   (unary_expression [
     (identifier) @name
     (field_expression value: (_) @receiver field: (field_identifier) @name)])])
 (compound_assignment_expr left: [
   (identifier) @name
   (field_expression value: (_) @receiver field: (field_identifier) @name)
   (index_expression . [
     (identifier) @name
     (field_expression value: (_) @receiver field: (field_identifier) @name)])
   (unary_expression [
     (identifier) @name
     (field_expression value: (_) @receiver field: (field_identifier) @name)])])
 (let_declaration pattern: [
   (identifier) @name
   (tuple_pattern (identifier) @name)] value: (_))] @write
(struct_expression
  name: (_) @receiver
  body: (field_initializer_list [
    (field_initializer field: (field_identifier) @name)
    (shorthand_field_initializer (identifier) @name)])) @write

; an error is given back in `Err(…)` or handed to what makes one of an option; a panic is a macro
((macro_invocation macro: (identifier) @name) @raise
  (#match? @name "^(panic|unreachable|todo|unimplemented|bail|ensure|anyhow)$"))
((call_expression
  function: [(identifier) @_err (field_expression field: (field_identifier) @_err)]
  arguments: (arguments . [
    (identifier) @name
    (scoped_identifier path: (_) @path name: (identifier) @name)
    (struct_expression name: [
      (type_identifier) @name
      (scoped_type_identifier path: (_) @path name: (type_identifier) @name)])
    (call_expression function: [
      (identifier) @name
      (scoped_identifier path: (_) @path name: (identifier) @name)])
    (call_expression function: (field_expression value: (call_expression function: [
      (identifier) @name
      (scoped_identifier path: (_) @path name: (identifier) @name)])))
    (closure_expression body: [
      (scoped_identifier path: (_) @path name: (identifier) @name)
      (call_expression function: [
        (identifier) @name
        (scoped_identifier path: (_) @path name: (identifier) @name)])])])) @raise
  (#match? @_err "^(Err|ok_or|ok_or_else|map_err)$")
  (#match? @name "^[A-Z]"))
; `MyError::new(…)`: the type is the error, not its constructor
((call_expression
  function: [(identifier) @_err (field_expression field: (field_identifier) @_err)]
  arguments: (arguments . [
    (scoped_identifier path: (identifier) @name name: (identifier) @_made)
    (call_expression function: (scoped_identifier
      path: (identifier) @name name: (identifier) @_made))
    (call_expression function: (field_expression value: (call_expression
      function: (scoped_identifier path: (identifier) @name name: (identifier) @_made))))
    (closure_expression body: (call_expression function: (scoped_identifier
      path: (identifier) @name name: (identifier) @_made)))])) @raise
  (#match? @_err "^(Err|ok_or|ok_or_else|map_err)$")
  (#match? @name "^[A-Z]")
  (#match? @_made "^[a-z]"))

((tuple_struct_pattern type: (identifier) @_err . [
  (identifier) @name
  (scoped_identifier path: (_) @path name: (identifier) @name)
  (tuple_struct_pattern type: [
    (identifier) @name
    (scoped_identifier path: (_) @path name: (identifier) @name)])
  (struct_pattern type: [
    (type_identifier) @name
    (scoped_type_identifier path: (_) @path name: (type_identifier) @name)])]) @catch
  (#eq? @_err "Err")
  (#match? @name "^[A-Z]"))
((tuple_struct_pattern type: (identifier) @name . (identifier) @_bound) @catch
  (#eq? @name "Err") (#match? @_bound "^[a-z_]"))
((tuple_struct_pattern type: (identifier) @name . "_") @catch (#eq? @name "Err"))
((match_pattern [
  (scoped_identifier path: (_) @path name: (identifier) @name)
  (or_pattern (scoped_identifier path: (_) @path name: (identifier) @name))
  (tuple_struct_pattern type: (scoped_identifier path: (_) @path name: (identifier) @name))
  (struct_pattern type: (scoped_type_identifier path: (_) @path name: (type_identifier) @name))]) @catch
  (#match? @path "Err(or)?(Kind)?$"))
((generic_function
  function: (field_expression field: (field_identifier) @_is)
  type_arguments: (type_arguments . [
    (type_identifier) @name
    (scoped_type_identifier path: (_) @path name: (type_identifier) @name)])) @catch
  (#match? @_is "^(is|downcast|downcast_ref|downcast_mut)$"))
((call_expression function: [
  (identifier) @name (scoped_identifier path: (_) @path name: (identifier) @name)]) @catch
  (#eq? @name "catch_unwind"))

(attribute [
  (identifier) @name
  (scoped_identifier path: (_) @path name: (identifier) @name)]) @decorate

; types that are written, and values that are made
(let_declaration pattern: (identifier) @name type: (_) @type) @typed
(let_declaration pattern: (identifier) @name value: (struct_expression name: (_) @type)) @typed
((let_declaration pattern: (identifier) @name value: [
  (call_expression function: (scoped_identifier path: (_) @type name: (identifier) @_new))
  (try_expression (call_expression function: (scoped_identifier
    path: (_) @type name: (identifier) @_new)))]) @typed
  (#match? @_new "^(new|default|from|open|create|build|builder|try_from|try_new|with_\\w+|new_\\w+|from_\\w+)$"))

(use_declaration) @import
(extern_crate_declaration) @import

[(line_comment) (block_comment) (string_content) (char_literal) (raw_string_literal)] @opaque

; An `else if` is one more branch, but no deeper than the `if` it belongs to.
[(for_expression) (while_expression) (loop_expression) (match_expression)] @branch
[(expression_statement (if_expression) @branch)
 (block (if_expression) @branch)
 (let_declaration value: (if_expression) @branch)
 (match_arm value: (if_expression) @branch)
 (closure_expression body: (if_expression) @branch)
 (arguments (if_expression) @branch)
 (return_expression (if_expression) @branch)
 (assignment_expression right: (if_expression) @branch)
 (field_initializer value: (if_expression) @branch)]
(else_clause (if_expression) @boolean)
[(match_arm) (match_pattern condition: (_))] @boolean
(binary_expression operator: ["&&" "||"]) @boolean
