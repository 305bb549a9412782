import OctopusRecords

// Names that only administrators may write, lock or publish: Kaluga starts root's programs for the
// records under them.

/// The prefixes of reserved names.
enum ReservedNames {
  static let prefixes: [StaticString] = ["hw.", "kaluga.", "octopus."]

  /// The reserved prefix that a name has.
  @inline(__always)
  static func prefix(of name: Bytes) -> StaticString? {
    // Most names are told apart by their first letter.
    guard let first = name.first,
      first == UInt8(ascii: "h") || first == UInt8(ascii: "k") || first == UInt8(ascii: "o")
    else { return nil }
    return listedPrefix(of: name)
  }

  @inline(never)
  private static func listedPrefix(of name: Bytes) -> StaticString? {
    prefixes.first { name.starts(with: $0.bytes) }
  }
}

extension Engine {
  /// Refuses an ordinary client that would write, lock or publish under a reserved name, whether there is such
  /// a record or not. Each operation that does so begins with it.
  @inline(__always)
  func authorize(_ record: Record, _ session: SessionID) throws(Failure) {
    if let prefix = record.withContents({ ReservedNames.prefix(of: $0.name) }) {
      try authorize(prefix, session)
    }
  }

  func authorize(_ name: [UInt8], _ session: SessionID) throws(Failure) {
    if let prefix = name.withUnsafeBufferPointer(ReservedNames.prefix) {
      try authorize(prefix, session)
    }
  }

  /// The same for records that are to be deleted by name, whether they are there or not.
  func authorize(deleting queries: [Query], _ session: SessionID) throws(Failure) {
    for query in queries {
      if let prefix = query.withExactName(ReservedNames.prefix) ?? nil {
        try authorize(prefix, session)
      }
    }
  }

  private func authorize(_ prefix: StaticString, _ session: SessionID) throws(Failure) {
    guard !(sessions[session]?.principal.isAdministrator ?? false) else { return }
    throw Failure(
      .noPermission,
      "only root and the server's own user write, lock and publish names under '\(prefix)'")
  }
}
