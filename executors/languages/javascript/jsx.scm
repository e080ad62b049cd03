; To render a component is to call it; lower-case elements are the platform's own.
([(jsx_opening_element name: (identifier) @name)
  (jsx_self_closing_element name: (identifier) @name)] @call
  (#match? @name "^[A-Z]"))
(jsx_opening_element name: (member_expression object: (_) @receiver
  property: (property_identifier) @name)) @call
(jsx_self_closing_element name: (member_expression object: (_) @receiver
  property: (property_identifier) @name)) @call
(jsx_text) @opaque
