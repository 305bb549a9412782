import Octopus
// The records of all devices on this server, whoever publishes them: among them are those above ours.
import OctopusSystem

/// Which records there are of which places in sysfs.
final class Neighbours: Sendable {
  private struct State {
    /// The names of a place's records: mostly one.
    var names: [ByteString: Set<ByteString>] = [:]
    var places: [ByteString: ByteString] = [:]
    /// Where something came or went that has not been asked for.
    var touched: Set<ByteString> = []
    /// Records that have gone, and of which place they were.
    var gone: [ByteString: ByteString] = [:]
    var failure: OctopusError?
  }

  private let state = Mutex(State())
  private static let query: Query = "r'^hw\\.' { syspath: _ }"

  /// Follows the records from now on; returns when those that are there are known. `wake` is called
  /// when something has been touched, or the connection lost.
  func follow(
    _ octopus: OctopusClient, wake: @escaping @Sendable () -> Void
  ) async throws(OctopusError) -> Task<Void, Never> {
    var observed = try await octopus.observe(Self.query)
    restart(observed.records)
    return Task {
      while true {
        do throws(OctopusError) {
          for try await change in observed.changes {
            note(change.record, isThere: change.isPresent)
            wake()
          }
          return
        } catch .overflow {
          // Too much came at once. Begin again.
          do throws(OctopusError) {
            observed = try await octopus.observe(Self.query)
            restart(observed.records)
          } catch { return fail(error, wake) }
        } catch { return fail(error, wake) }
      }
    }
  }

  /// The name of the record nearest above a place; `own` are those that this knows of already.
  func nearest(above place: ByteString, own: (ByteString) -> String?) -> String? {
    for ancestor in Ancestors(of: place) {
      if let name = own(ancestor) { return name }
      if let name = state.withLock({ $0.names[ancestor]?.min() }) { return name.text }
    }
    return nil
  }

  /// The places that were touched since this was last asked.
  func takeTouched() throws(OctopusError) -> Set<ByteString> {
    let (touched, failure) = state.withLock { state in
      defer { state.touched = [] }
      return (state.touched, state.failure)
    }
    if let failure { throw failure }
    return touched
  }

  /// The records that have gone since this was last asked, whoever deleted them, and their places.
  func takeGone() -> [ByteString: ByteString] {
    state.withLock { state in
      defer { state.gone = [:] }
      return state.gone
    }
  }

  private func restart(_ records: [Record]) {
    let names = Set(records.map { ByteString($0.name) })
    state.withLock { state in
      state.touched.formUnion(state.names.keys)
      state.gone.merge(state.places.filter { !names.contains($0.key) }) { $1 }
      (state.names, state.places) = ([:], [:])
    }
    for record in records { note(record, isThere: true) }
  }

  private func note(_ record: Record, isThere: Bool) {
    let name = ByteString(record.name)
    let place = isThere ? record["syspath"]?.text.map { ByteString(escaped: $0) } : nil
    state.withLock { state in
      let old = state.places[name]
      guard old != place else { return }
      if let old {
        state.names[old]?.remove(name)
        if state.names[old]?.isEmpty == true { state.names[old] = nil }
        state.touched.insert(old)
      }
      state.places[name] = place
      if place == nil, let old { state.gone[name] = old }
      if let place {
        state.names[place, default: []].insert(name)
        state.touched.insert(place)
      }
    }
  }

  private func fail(_ error: OctopusError, _ wake: () -> Void) {
    state.withLock { $0.failure = error }
    wake()
  }
}

/// The places above a place, the nearest first.
struct Ancestors: Sequence, IteratorProtocol {
  private var rest: ArraySlice<UInt8>

  init(of place: ByteString) { rest = place.bytes[...] }

  mutating func next() -> ByteString? {
    guard let slash = rest.lastIndex(of: UInt8(ascii: "/")), slash > rest.startIndex else {
      return nil
    }
    rest = rest[..<slash]
    return ByteString(rest)
  }
}
