/// The version of Octopus: its programs, library and protocol have the same.
package enum Version {
  package static let current = "0.1.0"

  /// The version in which everything appeared that says nothing else of itself.
  package static let first = "0.1"
}
