import Generators
import OctopusRecords
// The inventory beside a simulated kernel, whose state is ahead of its events, and which drops
// events and moves devices.
import OctopusSystem
import Testing

@testable import OctopusHardware

@Suite struct InventoryTests {
  @Test(arguments: [1, 3, 40], [(false, false), (false, true), (true, false), (true, true)])
  func recordsConvergeToTheDevices(lag: Int, _ kernel: (forgets: Bool, moves: Bool)) {
    for _ in 0..<60 {
      var world = World(Random(), lag: lag, forgets: kernel.forgets, moves: kernel.moves)
      world.scan()
      for _ in 0..<400 { world.step() }
      world.drain()
      world.check()
      // No device had two names. (If devices move, one may: where another comes to its old path
      // before the event about its move is received.)
      for (inode, names) in world.history where !kernel.moves {
        #expect(names.count == 1, "seed \(world.seed): \(inode) was \(names)")
      }
    }
  }

  /// Some simulated kernels do not say the number of their last event: devices may be published
  /// again.
  @Test(arguments: [1, 3, 40]) func recordsConvergeWithoutEventNumbers(lag: Int) {
    for _ in 0..<60 {
      var world = World(Random(), lag: lag, forgets: false, moves: false, hasNumbers: false)
      world.scan()
      for _ in 0..<400 { world.step() }
      world.drain()
      world.check()
    }
  }

  @Test func changeEventUpdatesTheRecordEvenIfNoAttributeChanged() {
    var inventory = Inventory()
    let device = Device(syspath: "/sys/a", inode: 1, kind: .block)
    #expect(
      inventory.reconcile([DeviceSnapshot(device, lastEvent: 3)], after: 3) == [.publish("/sys/a")])
    inventory.setName("hw.a.0", of: "/sys/a")
    let change = KernelEvent(.change, "/sys/a", number: 4)
    #expect(inventory.apply(change, DeviceSnapshot(device, lastEvent: 5)) == [.update("/sys/a")])
    // The snapshot has the effect of this event already.
    #expect(!inventory.needsSnapshot(KernelEvent(.change, "/sys/a", number: 5)))
    let bind = KernelEvent(.other, "/sys/a", number: 6)
    #expect(inventory.apply(bind, DeviceSnapshot(device, lastEvent: 6)) == [])
    #expect(inventory.reconcile([DeviceSnapshot(device, lastEvent: 7)], after: 7) == [])
  }

  @Test func deviceThatWentBeforeItWasSeenIsPublishedAndDeleted() {
    var inventory = Inventory()
    _ = inventory.reconcile([], after: 0)
    let gone = Device(syspath: "/sys/a", inode: nil, kind: .block)
    let add = KernelEvent(.add, "/sys/a", number: 1)
    #expect(inventory.apply(add, DeviceSnapshot(gone, lastEvent: 1)) == [.publish("/sys/a")])
    inventory.setName("hw.a.0", of: "/sys/a")
    let remove = KernelEvent(.remove, "/sys/a", number: 2)
    #expect(inventory.apply(remove, nil) == [.delete("hw.a.0")])
  }

  /// Their paths print the same.
  @Test func pathsThatDifferInBytesAreDifferentDevices() throws {
    let paths: [ByteString] = [
      "/sys/é", "/sys/e\u{301}", ByteString("/sys/".utf8 + [0xff]),
      ByteString("/sys/".utf8 + [0xfe]),
    ]
    var inventory = Inventory()
    let snapshots = paths.enumerated().map { index, path in
      DeviceSnapshot(Device(syspath: path, inode: UInt64(index), kind: .block), lastEvent: 0)
    }
    #expect(inventory.reconcile(snapshots, after: 0) == paths.map { .publish($0) })
    let records = try snapshots.map { try $0.device.record(named: "d", parent: nil) }
    #expect(Set(records.map { $0["syspath"] }).count == 4)
    #expect(inventory.apply(KernelEvent(.remove, paths[1], number: 1), nil) == [])
    #expect(Set(inventory.entries.keys) == [paths[0], paths[2], paths[3]])
  }

  @Test func devicesThatSwapPathsKeepTheirRecords() {
    func device(_ path: ByteString, _ inode: UInt64) -> Device {
      Device(syspath: path, inode: inode, kind: .block)
    }
    var inventory = Inventory()
    _ = inventory.reconcile(
      [
        DeviceSnapshot(device("/a", 1), lastEvent: 0),
        DeviceSnapshot(device("/b", 2), lastEvent: 0),
      ], after: 0)
    inventory.setName("one", of: "/a")
    inventory.setName("two", of: "/b")
    // Each is looked at only after it has moved on.
    for (number, old, new, inode) in [(1, "/a", "/c", nil), (2, "/b", "/a", 2), (3, "/c", "/b", 1)]
      as [(UInt64, ByteString, ByteString, UInt64?)]
    {
      let seen = Device(syspath: new, inode: inode, kind: .block)
      let actions = inventory.apply(
        KernelEvent(.move(from: old), new, number: number), DeviceSnapshot(seen, lastEvent: number))
      #expect(actions == (inode == nil ? [] : [.update(new)]))
    }
    #expect(inventory.entries.mapValues(\.name) == ["/a": "two", "/b": "one"])
    let back = [
      DeviceSnapshot(device("/a", 1), lastEvent: 9), DeviceSnapshot(device("/b", 2), lastEvent: 9),
    ]
    #expect(inventory.reconcile(back, after: 9) == [.update("/a"), .update("/b")])
    #expect(inventory.entries.mapValues(\.name) == ["/a": "one", "/b": "two"])
  }
}

/// A kernel with devices, the queue of its events, a server with records, and the inventory
/// between.
private struct World {
  let seed: UInt64
  private var random: Random
  private let lag: Int
  /// Whether the queue holds only a few events, and drops others.
  private let forgets: Bool
  /// Whether devices move.
  private let moves: Bool
  /// Whether the kernel says the number of its last event.
  private let hasNumbers: Bool

  private var devices: [ByteString: (inode: UInt64, value: Int64)] = [:]
  private var queue: [KernelEvent] = []
  private var hasLost = false
  private var lastEvent: UInt64 = 0
  private var lastInode: UInt64 = 0

  private var inventory = Inventory()
  private var records: [String: Device] = [:]
  private var count = 0
  /// The names that each inode has had.
  private(set) var history: [UInt64: Set<String>] = [:]

  init(_ random: Random, lag: Int, forgets: Bool, moves: Bool, hasNumbers: Bool = true) {
    (self.random, self.lag, self.forgets, self.hasNumbers) = (random, lag, forgets, hasNumbers)
    self.moves = moves
    seed = random.seed
    for path in Self.paths.prefix(3) { devices[path] = (makeInode(), 0) }
  }

  private static let paths = (0..<6).map { ByteString("/sys/devices/\($0)") }

  private mutating func makeInode() -> UInt64 {
    lastInode += 1
    return lastInode
  }

  mutating func step() {
    if Int.random(in: 0...lag, using: &random) > 0 { changeADevice() } else { receiveSome() }
  }

  private mutating func changeADevice() {
    let path = Self.paths.randomElement(using: &random)!
    guard let device = devices[path] else {
      devices[path] = (makeInode(), 0)
      return enqueue(.add, path)
    }
    let free = Self.paths.filter { devices[$0] == nil }
    switch Int.random(in: 0..<4, using: &random) {
    case 0:
      devices[path] = nil
      enqueue(.remove, path)
    case 1 where moves && !free.isEmpty:
      let new = free.randomElement(using: &random)!
      devices[path] = nil
      devices[new] = device
      enqueue(.move(from: path), new)
    case 2:
      enqueue(.change, path)
    default:
      devices[path]!.value += 1
      enqueue(.other, path)
    }
  }

  private mutating func enqueue(_ kind: KernelEvent.Kind, _ path: ByteString) {
    lastEvent += 1
    if forgets, queue.count >= 8 {
      hasLost = true
    } else {
      queue.append(KernelEvent(kind, path, number: lastEvent))
    }
  }

  /// Receives some of the queue, and scans now and then.
  private mutating func receiveSome() {
    for _ in 0..<Int.random(in: 1...4, using: &random) where !queue.isEmpty { receive() }
    if hasLost, queue.isEmpty || Bool.random(using: &random) {
      hasLost = false
      scan()
    }
    if Int.random(in: 0..<20, using: &random) == 0 { scan() }
  }

  mutating func drain() {
    while !queue.isEmpty { receive() }
    if hasLost { scan() }
  }

  private mutating func receive() {
    let event = queue.removeFirst()
    let fromEvent = Device(syspath: event.syspath, inode: nil, kind: .block)
    let seen =
      inventory.needsSnapshot(event)
      ? snapshot(event.syspath, event) ?? DeviceSnapshot(fromEvent, lastEvent: event.number) : nil
    perform(inventory.apply(event, seen))
  }

  mutating func scan() {
    perform(
      inventory.reconcile(
        Self.paths.compactMap { snapshot($0, nil) }, after: hasNumbers ? lastEvent : 0))
  }

  private func snapshot(_ path: ByteString, _ event: KernelEvent?) -> DeviceSnapshot? {
    guard let device = devices[path] else { return nil }
    return DeviceSnapshot(
      Device(
        syspath: path, inode: device.inode, kind: .block,
        attributes: ["value": .integer(device.value)]),
      lastEvent: max(hasNumbers ? lastEvent : 0, event?.number ?? 0))
  }

  private mutating func perform(_ actions: [Inventory.Action]) {
    for action in actions {
      switch action {
      case .publish(let path):
        let name = "hw.\(count)"
        count += 1
        inventory.setName(name, of: path)
        records[name] = inventory.entries[path]!.device
        remember(name)
      case .update(let path):
        let entry = inventory.entries[path]!
        #expect(records[entry.name!] != nil, "seed \(seed)")
        records[entry.name!] = entry.device
        remember(entry.name!)
      case .delete(let name):
        #expect(records.removeValue(forKey: name) != nil, "seed \(seed)")
      }
    }
    #expect(inventory.devices(below: ["/sys/devices"]) == inventory.entries.keys.sorted())
    #expect(inventory.devices(below: ["/sys/devices/1", "/sy"]) == [])
    let inodes = records.values.compactMap(\.inode)
    #expect(Set(inodes).count == inodes.count, "seed \(seed): a device has two records")
  }

  private mutating func remember(_ name: String) {
    if let inode = records[name]?.inode { history[inode, default: []].insert(name) }
  }

  func check() {
    let expected = Self.paths.compactMap { snapshot($0, nil)?.device }
    #expect(records.values.sorted { $0.syspath < $1.syspath } == expected, "seed \(seed)")
  }
}
