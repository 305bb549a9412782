/// etcd's own lock service, which runs the recipe of its client library within the server: a key
/// under a lease, and a wait for the deletion of the key before. Each member has a connection and a
/// lease.
final class EtcdLock: ContendedLock {
  private let connections: [GRPC]
  private let observer: GRPC
  private var calls: [GRPC.Call?]
  private var keys: [[UInt8]]
  private let leases: [Int]
  private let name: String
  /// When each began to hold it or to wait for it.
  private var since: [ContinuousClock.Instant] = []

  init(at address: Wire.Address, name: String, members: Int) throws {
    connections = try (0..<members).map { _ in try GRPC(address) }
    observer = try GRPC(address)
    calls = Array(repeating: nil, count: members)
    keys = Array(repeating: [], count: members)
    self.name = name
    leases = try connections.map {
      try $0.call("/etcdserverpb.Lease/LeaseGrant", Message().with(1, 3_600)).number(2)
    }
  }

  var count: Int { connections.count }

  func acquire(_ member: Int) throws {
    let message = Message().with(1, Array(name.utf8)).with(2, leases[member])
    calls[member] = try connections[member].begin("/v3lockpb.Lock/Lock", message)
    since.append(.now)
  }

  func awaitGrant(_ member: Int) throws {
    keys[member] = try connections[member].answer(to: calls[member]!).text(2)
  }

  func release(_ holder: Int) throws {
    calls[holder] = try connections[holder].begin(
      "/v3lockpb.Lock/Unlock", Message().with(1, keys[holder]))
    since.removeFirst()
  }

  func awaitRelease(_ holder: Int) throws { _ = try connections[holder].answer(to: calls[holder]!) }

  /// Until each member has a key, and the next member's wait is more than 0.1 s old: etcd polls for
  /// the progress of newer waits ten times a second.
  func awaitQueued() throws {
    let range = Message().with(1, Array("\(name)/".utf8)).with(2, Array("\(name)0".utf8)).with(9, 1)
    while try observer.call("/etcdserverpb.KV/Range", range).number(4) < since.count {}
    guard since.count > 1 else { return }
    while since[1].duration(to: .now) < .milliseconds(110) {
      _ = try observer.call("/etcdserverpb.KV/Range", range)
    }
  }
}
