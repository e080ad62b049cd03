; What only the JavaScript grammar has.
(field_definition property: [
  (property_identifier) (private_property_identifier) (string)] @name) @definition.field
(field_definition property: [
  (property_identifier) (private_property_identifier)] @name value: (_)) @write

; without declared fields, what a constructor assigns are the fields
(assignment_expression
  left: (member_expression object: (this)
    property: [(property_identifier) (private_property_identifier)] @name)) @definition.field
