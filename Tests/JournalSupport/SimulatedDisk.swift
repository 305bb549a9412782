import Glibc
import OctopusJournal
import OctopusSystem
import TestSupport

/// A disk in memory that does what a real one may do: a power failure loses, tears and reorders
/// what was not synced, and calls fail, from a seed.
package final class SimulatedDisk: Disk {
  /// The probabilities of failures, for each call.
  package struct Faults: Sendable {
    /// A write has a part of its bytes in the file, and fails with EIO.
    package var write = 0.0
    /// A sync fails, and the kernel forgets what was not on the disk.
    package var sync = 0.0
    /// The names of files cannot be changed.
    package var names = 0.0
    /// A file gets its other name, and the call fails.
    package var renames = 0.0

    package var isNone: Bool { write + sync + names + renames == 0 }

    package init(
      write: Double = 0, sync: Double = 0, names: Double = 0, renames: Double = 0
    ) {
      self.renames = renames
      self.write = write
      self.sync = sync
      self.names = names
    }
  }

  fileprivate struct State {
    var random: Random
    var faults = Faults()
    /// Bytes of all files; nil: no limit.
    var capacity: Int?
    var files: [String: Inode] = [:]
    /// The names that survive a power failure.
    var durable: [String: Inode] = [:]
    /// Changes of names since.
    var changes: [Change] = []
    /// Calls of `sync` on a file.
    var syncs = 0
    var writes = 0
  }

  fileprivate enum Change {
    case add(String, Inode)
    case rename(String, String)
    case remove(String)
  }

  /// A file, whatever its names are.
  fileprivate struct Content {
    /// The bytes that a reader sees.
    var bytes: [UInt8] = []
    /// The bytes that are on the disk.
    var durable: [UInt8] = []
    /// Writes since.
    var unsynced: [(offset: Int, bytes: [UInt8])] = []
    /// Whether a failed sync has left bytes that a reader sees and the disk never gets.
    var hasLost = false
    /// The space that is set aside.
    var reserved = 0
  }

  fileprivate final class Inode: Sendable {
    let content = Mutex(Content())

    init(_ bytes: [UInt8] = []) {
      content.withLock { content in
        content.bytes = bytes
        content.durable = bytes
      }
    }

    var footprint: Int { content.withLock { max($0.bytes.count, $0.reserved) } }
  }

  private let state: Mutex<State>
  package let path = "/simulated"

  package init(_ random: Random) { state = Mutex(State(random: random)) }

  /// Sets what may go wrong from now on.
  package func fail(_ faults: Faults) { state.withLock { $0.faults = faults } }

  /// Limits the bytes of all files together, and the space that is set aside for them.
  package func limit(to capacity: Int?) { state.withLock { $0.capacity = capacity } }

  package var syncCount: Int { state.withLock { $0.syncs } }
  package var writeCount: Int { state.withLock { $0.writes } }

  /// Bytes of all files, with the space that is set aside.
  package var byteCount: Int { state.withLock { $0.byteCount } }

  /// Bytes of all files, without that space.
  package var writtenByteCount: Int {
    state.withLock { $0.files.values }.reduce(0) { $0 + $1.content.withLock { $0.bytes.count } }
  }

  private static func error(_ code: CInt, _ action: String) -> StorageError {
    .system(SystemError(action, code: code))
  }
}

extension SimulatedDisk.State {
  var byteCount: Int { files.values.reduce(0) { $0 + $1.footprint } }

  mutating func happens(_ probability: Double) -> Bool {
    probability > 0 && Double.random(in: 0..<1, using: &random) < probability
  }
}

// Files by name.
extension SimulatedDisk {
  package func list() throws(StorageError) -> [String] { state.withLock { Array($0.files.keys) } }

  package func create(_ name: String) throws(StorageError) -> any DiskFile {
    try change("open \(name)") { (state) throws(StorageError) in
      guard state.files[name] == nil else { throw Self.error(EEXIST, "open \(name)") }
      // A directory takes space, too.
      if let capacity = state.capacity, state.byteCount >= capacity {
        throw Self.error(ENOSPC, "open \(name)")
      }
      let inode = Inode()
      state.files[name] = inode
      state.changes.append(.add(name, inode))
      return SimulatedFile(inode, name, self)
    }
  }

  package func open(_ name: String) throws(StorageError) -> any DiskFile {
    guard let inode = state.withLock({ $0.files[name] }) else {
      throw Self.error(ENOENT, "open \(name)")
    }
    return SimulatedFile(inode, name, self)
  }

  package func rename(_ name: String, to other: String) throws(StorageError) {
    try change("rename \(name)") { (state) throws(StorageError) in
      guard let inode = state.files.removeValue(forKey: name) else {
        throw Self.error(ENOENT, "rename \(name)")
      }
      state.files[other] = inode
      state.changes.append(.rename(name, other))
      if state.happens(state.faults.renames) { throw Self.error(EIO, "rename \(name)") }
    }
  }

  package func remove(_ name: String) throws(StorageError) {
    try change("remove \(name)") { (state) throws(StorageError) in
      guard state.files.removeValue(forKey: name) != nil else {
        throw Self.error(ENOENT, "remove \(name)")
      }
      state.changes.append(.remove(name))
    }
  }

  package func sync() throws(StorageError) {
    try change("sync") { (state) throws(StorageError) in
      state.durable = state.files
      state.changes = []
    }
  }

  private func change<Result: Sendable>(
    _ action: String, _ body: (inout State) throws(StorageError) -> Result
  ) throws(StorageError) -> Result {
    try state.withLock { (state) throws(StorageError) in
      if state.happens(state.faults.names) { throw Self.error(EIO, action) }
      return try body(&state)
    }
  }
}

// What happens to it.
extension SimulatedDisk {
  /// The disk after a power failure: what was not synced is there in part, or not.
  package func afterPowerFailure() -> SimulatedDisk {
    let after = SimulatedDisk(Random(seed: state.withLock { $0.random.next() }))
    state.withLock { state in
      var names = state.durable
      // The file system writes changes of names in their order.
      for change in state.changes.prefix(
        Int.random(in: 0...state.changes.count, using: &state.random))
      {
        switch change {
        case .add(let name, let inode): names[name] = inode
        case .rename(let name, let other): names[other] = names.removeValue(forKey: name)
        case .remove(let name): names[name] = nil
        }
      }
      let files = names.mapValues { Inode($0.afterPowerFailure(&state.random)) }
      after.state.withLock { ($0.files, $0.durable) = (files, files) }
    }
    return after
  }

  /// The disk as another process finds it when the one that wrote has been killed. The kernel has
  /// given up the memory of what a failed sync has lost.
  package func afterKill() -> SimulatedDisk {
    for inode in state.withLock({ Array($0.files.values) }) {
      inode.content.withLock { content in
        guard content.hasLost else { return }
        content.bytes = content.durable
        for write in content.unsynced { content.bytes.put(write.bytes, at: write.offset) }
        content.hasLost = false
      }
    }
    let after = SimulatedDisk(Random(seed: state.withLock { $0.random.next() }))
    let parts = state.withLock { ($0.files, $0.durable, $0.changes) }
    after.state.withLock { ($0.files, $0.durable, $0.changes) = parts }
    return after
  }

  /// Another disk with the same files.
  package func copy() -> SimulatedDisk {
    let copy = SimulatedDisk(Random(seed: 0))
    for name in state.withLock({ Array($0.files.keys) }) { copy[name] = self[name] }
    return copy
  }

  /// A file's bytes; nil: there is none.
  package subscript(name: String) -> [UInt8]? {
    get { state.withLock { $0.files[name] }?.content.withLock { $0.bytes } }
    set {
      let inode = newValue.map { Inode($0) }
      state.withLock { state in
        state.files[name] = inode
        state.durable[name] = inode
      }
    }
  }
}

extension SimulatedDisk.Inode {
  fileprivate func afterPowerFailure(_ random: inout Random) -> [UInt8] {
    content.withLock { content in
      var bytes = content.durable
      let losesAll = Bool.random(using: &random)
      for write in content.unsynced where !losesAll {
        // The disk writes sectors, in any order.
        var start = write.offset
        while start < write.offset + write.bytes.count {
          let end = min((start / 512 + 1) * 512, write.offset + write.bytes.count)
          if Int.random(in: 0..<8, using: &random) > 0 {
            bytes.put(write.bytes[(start - write.offset)..<(end - write.offset)], at: start)
          }
          start = end
        }
      }
      return bytes
    }
  }
}

/// An open file of the simulated disk.
private final class SimulatedFile: DiskFile {
  private let inode: SimulatedDisk.Inode
  private let name: String
  private let disk: SimulatedDisk

  init(_ inode: SimulatedDisk.Inode, _ name: String, _ disk: SimulatedDisk) {
    self.inode = inode
    self.name = name
    self.disk = disk
  }

  func size() throws(StorageError) -> Int { inode.content.withLock { $0.bytes.count } }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(StorageError) -> Int
  {
    let bytes = inode.content.withLock { Array($0.bytes.dropFirst(offset).prefix(buffer.count)) }
    buffer.copyBytes(from: bytes)
    return bytes.count
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
    let (count, code) = disk.allow(write: bytes.count, at: offset, inode)
    inode.content.withLock { content in
      let part = Array(bytes[..<count])
      guard !part.isEmpty else { return }
      content.bytes.put(part, at: offset)
      content.unsynced.append((offset, part))
    }
    if let code { throw .system(SystemError("write \(name)", code: code)) }
  }

  func truncate(to size: Int) throws(StorageError) {
    inode.content.withLock { content in
      content.reserved = min(size, content.reserved)
      content.bytes.removeSubrange(min(size, content.bytes.count)...)
      content.durable.removeSubrange(min(size, content.durable.count)...)
      content.unsynced = content.unsynced.filter { $0.offset < size }.map {
        ($0.offset, Array($0.bytes.prefix(size - $0.offset)))
      }
    }
  }

  func reserve(upTo offset: Int) throws(StorageError) {
    guard disk.allows(size: offset, inode) else {
      throw .system(SystemError("reserve space for \(name)", code: ENOSPC))
    }
    inode.content.withLock { $0.reserved = max($0.reserved, offset) }
  }

  func sync() throws(StorageError) {
    let hasFailed = disk.failsSync()
    inode.content.withLock { content in
      if hasFailed {
        // As Linux does: what could not be written is taken for clean.
        content.hasLost = content.hasLost || !content.unsynced.isEmpty
        content.unsynced = []
      } else {
        for write in content.unsynced { content.durable.put(write.bytes, at: write.offset) }
        content.unsynced = []
      }
    }
    if hasFailed { throw .system(SystemError("sync \(name)", code: EIO)) }
  }
}

extension SimulatedDisk {
  /// How many of these bytes are written, and the error that comes then.
  fileprivate func allow(write count: Int, at offset: Int, _ inode: Inode) -> (Int, CInt?) {
    state.withLock { state in
      state.writes += 1
      if state.happens(state.faults.write) {
        return (Int.random(in: 0..<max(count, 1), using: &state.random), EIO)
      }
      guard let capacity = state.capacity else { return (count, nil) }
      let space = max(inode.footprint, inode.footprint + capacity - state.byteCount)
      let fits = max(0, min(count, space - offset))
      return (fits, fits < count ? ENOSPC : nil)
    }
  }

  fileprivate func allows(size: Int, _ inode: Inode) -> Bool {
    state.withLock { state in
      guard let capacity = state.capacity else { return true }
      return state.byteCount - inode.footprint + max(size, inode.footprint) <= capacity
    }
  }

  fileprivate func failsSync() -> Bool {
    state.withLock { state in
      state.syncs += 1
      return state.happens(state.faults.sync)
    }
  }
}

extension [UInt8] {
  /// Writes bytes at an offset; there are zeros before it where there was nothing.
  fileprivate mutating func put(_ bytes: some Collection<UInt8>, at offset: Int) {
    let end = offset + bytes.count
    if count < end { self += [UInt8](repeating: 0, count: end - count) }
    replaceSubrange(offset..<end, with: bytes)
  }
}
