; definitions
(class name: [(constant) @name (scope_resolution name: (constant) @name)]) @definition.class
(module name: [(constant) @name (scope_resolution name: (constant) @name)]) @definition.module
(method name: (_) @name) @definition.method
(singleton_method name: (_) @name) @definition.method
(alias name: (_) @name) @definition.method
((call method: (identifier) @_alias arguments: (argument_list . [(simple_symbol) (string)] @name)) @definition.method
  (#any-of? @_alias "alias_method" "define_method" "define_singleton_method"))
((call method: (identifier) @_attr arguments: (argument_list [(simple_symbol) (string)] @name)) @definition.property
  (#any-of? @_attr "attr_accessor" "attr_reader" "attr_writer" "attr" "cattr_accessor"
    "cattr_reader" "mattr_accessor" "mattr_reader" "class_attribute" "thread_mattr_accessor"))
((call receiver: (constant) @_struct method: (identifier) @_new
  arguments: (argument_list (simple_symbol) @name @definition.property))
  (#any-of? @_struct "Struct" "Data") (#any-of? @_new "new" "define"))
(assignment left: (constant) @name) @definition.constant
(assignment left: (scope_resolution name: (constant) @name)) @definition.constant
(assignment left: [(instance_variable) (class_variable)] @name) @definition.field
(operator_assignment left: [(instance_variable) (class_variable)] @name) @definition.field
(assignment left: (left_assignment_list [(instance_variable) (class_variable)] @name)) @definition.field
((call !receiver method: (identifier) @_it
  arguments: (argument_list . (string . (string_content) @name .)) block: (_)) @definition.function
  (#any-of? @_it "it" "specify" "test" "should" "scenario" "example" "fit" "xit"))

; uses
(call receiver: [(constant) (scope_resolution)] @path method: [(identifier) (constant)] @name) @call
(call receiver: (_) @receiver method: [(identifier) (constant)] @name) @call
(call !receiver method: [(identifier) (constant)] @name) @call
((identifier) @maybe (#not-match? @maybe "^__[A-Z]"))
[(assignment left: [(identifier) @local (left_assignment_list (identifier) @local)])
 (operator_assignment left: (identifier) @local)
 (block_parameters [(identifier) @local (destructured_parameter (identifier) @local)])
 (block_parameters locals: (identifier) @local)
 (lambda_parameters (identifier) @local)
 (method_parameters (identifier) @local)
 (splat_parameter name: (identifier) @local)
 (hash_splat_parameter name: (identifier) @local)
 (block_parameter name: (identifier) @local)
 (optional_parameter name: (identifier) @local)
 (keyword_parameter name: (identifier) @local)
 (destructured_parameter (identifier) @local)
 (exception_variable (identifier) @local)
 (for pattern: (identifier) @local)
 (as_pattern name: (identifier) @local)
 (array_pattern (identifier) @local)
 (rest_assignment (identifier) @local)
 (method name: (identifier) @local)
 (singleton_method name: (identifier) @local)
 (alias (identifier) @local)
 (undef (identifier) @local)]

[(assignment left: [
   (identifier) @name
   (constant) @name
   (global_variable) @name
   (call receiver: (_) @receiver method: (identifier) @name)
   (element_reference object: (identifier) @name)
   (element_reference object: (call receiver: (_) @receiver method: (identifier) @name))
   (left_assignment_list (identifier) @name)
   (left_assignment_list (call receiver: (_) @receiver method: (identifier) @name))])
 (operator_assignment left: [
   (identifier) @name
   (constant) @name
   (global_variable) @name
   (call receiver: (_) @receiver method: (identifier) @name)
   (element_reference object: (call receiver: (_) @receiver method: (identifier) @name))])] @write
[(assignment left: [
   [(instance_variable) (class_variable)] @name @self
   (element_reference object: [(instance_variable) (class_variable)] @name @self)
   (left_assignment_list [(instance_variable) (class_variable)] @name @self)])
 (operator_assignment left: [
   [(instance_variable) (class_variable)] @name @self
   (element_reference object: [(instance_variable) (class_variable)] @name @self)])] @write

((call !receiver method: (identifier) @_raise arguments: (argument_list . [
    (constant) @name
    (scope_resolution scope: (_) @path name: (constant) @name)
    (call receiver: (constant) @name method: (identifier) @_new)
    (call receiver: (scope_resolution scope: (_) @path name: (constant) @name) method: (identifier) @_new)])) @raise
  (#any-of? @_raise "raise" "fail"))
(rescue exceptions: (exceptions [
  (constant) @name
  (scope_resolution scope: (_) @path name: (constant) @name)])) @catch
((call !receiver method: (identifier) @_from arguments: (argument_list [
    (constant) @name
    (scope_resolution scope: (_) @path name: (constant) @name)])) @catch
  (#eq? @_from "rescue_from"))

; types that are written: what a variable is made with
(assignment left: [(identifier) (instance_variable) (constant)] @name
  right: (call receiver: [(constant) (scope_resolution)] @type method: (identifier) @_new)
  (#eq? @_new "new")) @typed
(operator_assignment left: [(identifier) (instance_variable)] @name
  right: (call receiver: [(constant) (scope_resolution)] @type method: (identifier) @_new)
  (#eq? @_new "new")) @typed

((call !receiver method: (identifier) @_require) @import
  (#any-of? @_require "require" "require_relative" "autoload" "load" "require_dependency"))

[(comment) (string_content) (heredoc_content) (character)] @opaque

[(if) (unless) (while) (until) (for) (case) (case_match) (rescue)] @branch
[(if_modifier) (unless_modifier) (while_modifier) (until_modifier) (rescue_modifier)] @boolean
[(elsif) (when) (in_clause) (conditional)] @boolean
(binary operator: ["&&" "||" "and" "or"]) @boolean
