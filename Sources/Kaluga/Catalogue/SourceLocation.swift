// Lines of the catalogue's files, and what is wrong in them.

/// A line of a file of the catalogue.
package struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
  package var file: String
  /// From 1.
  package var line: Int

  package var description: String { "\(file):\(line)" }
}

/// A mistake in a catalogue.
package struct Problem: Hashable, Sendable, CustomStringConvertible {
  package var location: SourceLocation
  package var message: String

  package var description: String { "\(location): \(message)" }
}
