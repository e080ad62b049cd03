; definitions
(class_definition name: (identifier) @name) @definition.class
(function_definition name: (identifier) @name) @definition.function
(type_alias_statement left: (type (identifier) @name)) @definition.type
(assignment left: (identifier) @name) @definition.variable @write
(assignment left: [(pattern_list (identifier) @name) (tuple_pattern (identifier) @name)]) @definition.variable @write
(assignment
  left: (attribute object: (identifier) @_self attribute: (identifier) @name)
  (#eq? @_self "self")) @definition.field

; uses
(call function: (identifier) @name) @call
(call function: (attribute object: (_) @receiver attribute: (identifier) @name)) @call

(assignment left: (attribute object: (_) @receiver attribute: (identifier) @name)) @write
(assignment left: (subscript value: (identifier) @name)) @write
(assignment left: (subscript value: (attribute object: (_) @receiver attribute: (identifier) @name))) @write
(assignment left: [
  (pattern_list (attribute object: (_) @receiver attribute: (identifier) @name))
  (tuple_pattern (attribute object: (_) @receiver attribute: (identifier) @name))]) @write
(augmented_assignment left: (identifier) @name) @write
(augmented_assignment left: (attribute object: (_) @receiver attribute: (identifier) @name)) @write
(augmented_assignment left: (subscript value: (identifier) @name)) @write
(augmented_assignment left: (subscript value: (attribute object: (_) @receiver attribute: (identifier) @name))) @write
(named_expression name: (identifier) @name) @write
(delete_statement (identifier) @name) @write
(delete_statement (attribute object: (_) @receiver attribute: (identifier) @name)) @write
(for_statement left: (identifier) @name) @write

(raise_statement . (identifier) @name) @raise
(raise_statement . (attribute object: (_) @receiver attribute: (identifier) @name)) @raise
(raise_statement . (call function: (identifier) @name)) @raise
(raise_statement . (call function: (attribute object: (_) @receiver attribute: (identifier) @name))) @raise

(except_clause value: (identifier) @name) @catch
(except_clause value: (attribute object: (_) @receiver attribute: (identifier) @name)) @catch
(except_clause value: (tuple (identifier) @name)) @catch
(except_clause value: (tuple (attribute object: (_) @receiver attribute: (identifier) @name))) @catch
(except_clause value: (as_pattern . (identifier) @name)) @catch
(except_clause value: (as_pattern . (attribute object: (_) @receiver attribute: (identifier) @name))) @catch
(except_clause value: (as_pattern . (tuple (identifier) @name))) @catch
(except_clause value: (as_pattern . (tuple (attribute object: (_) @receiver attribute: (identifier) @name)))) @catch

(decorator (identifier) @name) @decorate
(decorator (attribute object: (_) @receiver attribute: (identifier) @name)) @decorate
(decorator (call function: (identifier) @name)) @decorate
(decorator (call function: (attribute object: (_) @receiver attribute: (identifier) @name))) @decorate

; types that are written
(assignment left: (_) @name type: (type) @type) @typed
(assignment left: [(identifier) (attribute)] @name right: (call function: [(identifier) (attribute)] @type)) @typed
(with_item value: (as_pattern (call function: [(identifier) (attribute)] @type) alias: (as_pattern_target (identifier) @name))) @typed

(import_statement) @import
(import_from_statement) @import
(future_import_statement) @import

(comment) @opaque
(string_content) @opaque

[(if_statement) (for_statement) (while_statement) (except_clause) (match_statement) (with_statement)] @branch
(elif_clause) @boolean
(boolean_operator) @boolean
(conditional_expression) @boolean
(case_clause) @boolean
(if_clause) @boolean
