/// Members of etcd's own lock service, which plays the recipe of its client library within the server: a key
/// under a lease, and the wait for the deletion of the one before. A member has a connection and a lease.
final class EtcdLine: Line {
  private let connections: [GRPC]
  private let onlooker: GRPC
  private var calls: [GRPC.Call?]
  private var keys: [[UInt8]]
  private let leases: [Int]
  private let name: String
  /// Since when they hold it or wait for it.
  private var since: [ContinuousClock.Instant] = []

  init(at address: Wire.Address, name: String, members: Int) throws {
    connections = try (0..<members).map { _ in try GRPC(address) }
    onlooker = try GRPC(address)
    calls = Array(repeating: nil, count: members)
    keys = Array(repeating: [], count: members)
    self.name = name
    leases = try connections.map {
      try $0.call("/etcdserverpb.Lease/LeaseGrant", Message().with(1, 3_600)).number(2)
    }
  }

  var count: Int { connections.count }

  func ask(_ member: Int) throws {
    let message = Message().with(1, Array(name.utf8)).with(2, leases[member])
    calls[member] = try connections[member].begin("/v3lockpb.Lock/Lock", message)
    since.append(.now)
  }

  func learn(_ member: Int) throws {
    keys[member] = try connections[member].answer(to: calls[member]!).text(2)
  }

  func release(_ holder: Int) throws {
    calls[holder] = try connections[holder].begin(
      "/v3lockpb.Lock/Unlock", Message().with(1, keys[holder]))
    since.removeFirst()
  }

  func forget(_ holder: Int) throws { _ = try connections[holder].answer(to: calls[holder]!) }

  /// Until there is a key for each that asked, and the next one's wait is so old that etcd looks after it
  /// at once: a new one may have to wait for its next look, ten times a second.
  func settle() throws {
    let range = Message().with(1, Array("\(name)/".utf8)).with(2, Array("\(name)0".utf8)).with(9, 1)
    while try onlooker.call("/etcdserverpb.KV/Range", range).number(4) < since.count {}
    guard since.count > 1 else { return }
    while since[1].duration(to: .now) < .milliseconds(110) {
      _ = try onlooker.call("/etcdserverpb.KV/Range", range)
    }
  }
}
