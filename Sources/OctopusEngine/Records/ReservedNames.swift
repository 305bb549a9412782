import OctopusRecords

/// Prefixes of names that only administrators may write, lock or publish: Kaluga starts root's
/// programs for the records under them.
enum ReservedNames {
  /// The reserved prefix that a name has.
  @inline(__always)
  static func prefix(of name: Bytes) -> StaticString? {
    switch name.first {
    case UInt8(ascii: "h"): has("hw.", name)
    case UInt8(ascii: "k"): has("kaluga.", name)
    case UInt8(ascii: "o"): has("octopus.", name)
    default: nil
    }
  }

  @inline(__always)
  private static func has(_ prefix: StaticString, _ name: Bytes) -> StaticString? {
    let bytes = prefix.bytes
    return name.count >= bytes.count
      && compareBytes(Bytes(rebasing: name[..<bytes.count]), bytes) == 0 ? prefix : nil
  }
}

extension Engine {
  /// Refuses an ordinary client that would write, lock or publish under a reserved name, whether
  /// such a record exists or not. Each operation that does so begins with it.
  // Mutating only in name: an engine that is lent to be read is copied to the stack, byte by byte.
  @inline(__always)
  mutating func authorize(_ record: Record, _ session: SessionID) throws(Failure) {
    if let prefix = record.withContents({ ReservedNames.prefix(of: $0.name) }) {
      try authorize(prefix, session)
    }
  }

  mutating func authorize(_ name: [UInt8], _ session: SessionID) throws(Failure) {
    if let prefix = name.withUnsafeBufferPointer(ReservedNames.prefix) {
      try authorize(prefix, session)
    }
  }

  /// The same for records that are to be deleted by name, whether they exist or not.
  mutating func authorize(deleting queries: [Query], _ session: SessionID) throws(Failure) {
    for query in queries {
      if let prefix = query.withExactName(ReservedNames.prefix) ?? nil {
        try authorize(prefix, session)
      }
    }
  }

  @inline(never)
  private mutating func authorize(_ prefix: StaticString, _ session: SessionID) throws(Failure) {
    guard !sessions.isAdministrator(session) else { return }
    throw Failure(
      .noPermission,
      "only root and the server's own user write, lock and publish names under '\(prefix)'")
  }
}
