import RESP

// The server's disk: SYNC, BACKUP.

extension OctopusClient {
  /// Waits until the server's disk has all changes that were made before, by all clients.
  ///
  /// ```swift
  /// try await octopus.set("config.backup { hour: 4 }")
  /// try await octopus.sync()
  /// ```
  ///
  /// - Parameter timeout: a limit on waiting; with zero or less it only asks.
  /// - Returns: the revision up to which the disk has all changes.
  /// - Throws: `timeout`; `refused` with `error` by a server that keeps no journal; what every call
  ///   can throw.
  @discardableResult
  public func sync(timeout: Duration? = nil) async throws(OctopusError) -> Int64 {
    let reply = try await wait(words("SYNC"), timeout, undo: words("PING"))
    guard let revision = reply.integer else { throw .unexpected(reply) }
    return revision
  }

  /// A copy of all records and counters.
  public struct Backup: Sendable, Hashable {
    /// The id of the store that it is a copy of.
    public let store: String
    /// The revision of the last change that it includes.
    public let revision: Int64
    /// Its size in bytes.
    public let byteCount: Int
  }

  /// Copies all records and counters, as they are at one revision, while the server goes on.
  ///
  /// ```swift
  /// var copy: [UInt8] = []
  /// let backup = try await octopus.backup { part in copy += part }
  /// print(backup.revision, copy.count == backup.byteCount)
  /// ```
  ///
  /// `octopusd restore` makes a state directory of the copy. It is complete only if this returns.
  /// Use a client of its own for it: other calls wait until the server has begun the backup, a
  /// second backup would take its place, and one that is broken off keeps space on the server's
  /// disk until the client is closed.
  ///
  /// - Parameter take: gets the parts one after the other.
  /// - Throws: `refused` with `error` by a server that keeps no journal, or whose disk fails, and
  ///   with `limit` while other clients read backups; what `take` throws; what every call can
  ///   throw.
  /// - Complexity: O(*n*) in the number of records.
  @discardableResult
  public func backup(_ take: ([UInt8]) async throws -> Void) async throws -> Backup {
    let backup = try Backup(try await reply(to: words("BACKUP")).checked())
    var offset = 0
    while offset < backup.byteCount {
      let reply = try await reply(to: words("BACKUP", "OFFSET", "\(offset)")).checked()
      guard let part = reply.bytes, !part.isEmpty, part.count <= backup.byteCount - offset else {
        throw OctopusError.unexpected(reply)
      }
      try await take(part)
      offset += part.count
    }
    return backup
  }
}

extension OctopusClient.Backup {
  fileprivate init(_ reply: RESPValue) throws(OctopusError) {
    var (store, revision, byteCount): (String?, Int64?, Int64?)
    for entry in reply.entries ?? [] {
      switch entry.key.text {
      case "store": store = entry.value.text
      case "revision": revision = entry.value.integer
      case "bytes": byteCount = entry.value.integer
      default: break
      }
    }
    guard let store, let revision, let byteCount = byteCount.flatMap({ Int(exactly: $0) }) else {
      throw .unexpected(reply)
    }
    self.init(store: store, revision: revision, byteCount: byteCount)
  }
}
