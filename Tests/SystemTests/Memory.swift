import Testing

/// Expects a server to occupy less than this, unless it is built with a sanitizer, which takes many
/// times what the program does.
func expect(
  bytes: Int, below bound: Int, sourceLocation: SourceLocation = #_sourceLocation
) {
  guard !areSanitized else { return }
  #expect(bytes < bound, sourceLocation: sourceLocation)
}
