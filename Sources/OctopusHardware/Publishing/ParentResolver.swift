// Parents of devices: follows the records of all devices on the server, also those that other bus
// drivers publish.
import DeviceSchema
import Octopus
import OctopusSystem

/// Finds the record that is nearest above a path in sysfs.
final class ParentResolver: Sendable {
  private struct State {
    /// The names of the records of each path: mostly one.
    var names: [ByteString: Set<ByteString>] = [:]
    var paths: [ByteString: ByteString] = [:]
    /// The paths whose records have changed since ``takeChangedPaths()``.
    var changedPaths: Set<ByteString> = []
    /// The records that were deleted since ``takeDeletedRecords()``, and their paths.
    var deleted: [ByteString: ByteString] = [:]
    var failure: OctopusError?
  }

  private let state = Mutex(State())

  /// Follows the records from now on. Returns once all present ones are known. `wake` is called
  /// when a record has changed, or the connection is lost.
  func follow(
    _ octopus: OctopusClient, wake: @escaping @Sendable () -> Void
  ) async throws(OctopusError) -> Task<Void, Never> {
    var observed = try await octopus.observe(DeviceRecords.all)
    reset(to: observed.records)
    return Task {
      while true {
        do throws(OctopusError) {
          for try await change in observed.changes {
            apply(change.record, isPresent: change.isPresent)
            wake()
          }
          return
        } catch .overflow {
          // The client has dropped changes: start again from a list.
          do throws(OctopusError) {
            observed = try await octopus.observe(DeviceRecords.all)
            reset(to: observed.records)
          } catch { return fail(error, wake) }
        } catch { return fail(error, wake) }
      }
    }
  }

  /// The name of the record nearest above a path. `own` returns the records that the caller has
  /// published, which may not have arrived here.
  func nearest(above path: ByteString, own: (ByteString) -> String?) -> String? {
    for ancestor in Ancestors(of: path) {
      if let name = own(ancestor) { return name }
      if let name = state.withLock({ $0.names[ancestor]?.min() }) { return name.text }
    }
    return nil
  }

  /// The paths whose records have changed since the last call.
  ///
  /// - Throws: why the records cannot be followed any more.
  func takeChangedPaths() throws(OctopusError) -> Set<ByteString> {
    let (changedPaths, failure) = state.withLock { state in
      defer { state.changedPaths = [] }
      return (state.changedPaths, state.failure)
    }
    if let failure { throw failure }
    return changedPaths
  }

  /// The records that any client has deleted since the last call, and their paths.
  func takeDeletedRecords() -> [ByteString: ByteString] {
    state.withLock { state in
      defer { state.deleted = [:] }
      return state.deleted
    }
  }

  private func reset(to records: [Record]) {
    let names = Set(records.map { ByteString($0.name) })
    state.withLock { state in
      state.changedPaths.formUnion(state.names.keys)
      state.deleted.merge(state.paths.filter { !names.contains($0.key) }) { $1 }
      (state.names, state.paths) = ([:], [:])
    }
    for record in records { apply(record, isPresent: true) }
  }

  private func apply(_ record: Record, isPresent: Bool) {
    let name = ByteString(record.name)
    let path = isPresent ? record[.syspath]?.text.map { ByteString(escaped: $0) } : nil
    state.withLock { state in
      let old = state.paths[name]
      guard old != path else { return }
      if let old {
        state.names[old]?.remove(name)
        if state.names[old]?.isEmpty == true { state.names[old] = nil }
        state.changedPaths.insert(old)
      }
      state.paths[name] = path
      if path == nil, let old { state.deleted[name] = old }
      if let path {
        state.names[path, default: []].insert(name)
        state.changedPaths.insert(path)
      }
    }
  }

  private func fail(_ error: OctopusError, _ wake: () -> Void) {
    state.withLock { $0.failure = error }
    wake()
  }
}

/// The directories above a path, the nearest first.
struct Ancestors: Sequence, IteratorProtocol {
  private var rest: ArraySlice<UInt8>

  init(of path: ByteString) { rest = path.bytes[...] }

  mutating func next() -> ByteString? {
    guard let slash = rest.lastIndex(of: UInt8(ascii: "/")), slash > rest.startIndex else {
      return nil
    }
    rest = rest[..<slash]
    return ByteString(rest)
  }
}
