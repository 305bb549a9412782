import Foundation

/// A server process with its own socket and folder.
final class Server {
  enum Kind: Sendable {
    case octopus(program: String, loops: Int = 1, keeping: Durability = .nothing)
    case redis(keeping: Durability = .nothing)
    /// On a disk, or in memory.
    case etcd(onDisk: Bool = false)
    case zooKeeper
  }

  /// The changes that survive a power failure.
  enum Durability: Sendable {
    /// Nothing is kept at all.
    case nothing
    /// But for those of the last second.
    case second
    /// Each, before its reply.
    case always
  }

  enum Scheduling {
    /// On core 0.
    case pinned
    /// As the system likes: pinning takes time before the program begins.
    case ordinary
    /// Before other programs, so that they do not count.
    case preferred
  }

  let address: Wire.Address
  private let folder: URL
  private let kind: Kind
  private let scheduling: Scheduling
  private var process: Process
  /// The time from its start until its socket answered.
  private(set) var startSeconds = 0.0

  init(_ kind: Kind, _ scheduling: Scheduling = .pinned) throws {
    (self.kind, self.scheduling) = (kind, scheduling)
    folder = kind.parent.appendingPathComponent("octopus-bench-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let start = try kind.start(in: folder)
    address = start.address
    let begin = ContinuousClock.now
    process = try start.program.scheduled(scheduling).start()
    try awaitAnswer(since: begin)
  }

  private func awaitAnswer(since begin: ContinuousClock.Instant) throws {
    while !kind.answers(at: address) {
      guard process.isRunning, begin.duration(to: .now) < .seconds(20) else {
        throw Program.Failed(description: "\(kind) does not answer")
      }
      usleep(kind.pause)
    }
    startSeconds = begin.duration(to: .now).seconds
  }

  /// Ends it in order, and starts it again with the files that it has left.
  func restart() throws {
    process.terminate()
    process.waitUntilExit()
    let program = try kind.start(in: folder).program
    let begin = ContinuousClock.now
    process = try program.scheduled(scheduling).start()
    try awaitAnswer(since: begin)
  }

  /// The path of its Unix socket.
  var socket: String {
    guard case .unix(let path) = address else { preconditionFailure("a server on a port") }
    return path
  }

  deinit {
    process.terminate()
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Its resident memory in bytes.
  var residentBytes: Int {
    get throws {
      let status = try String(
        contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
      let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
      guard let words = line?.split(whereSeparator: \.isWhitespace), let kibibytes = Int(words[1])
      else { throw Program.Failed(description: "no VmRSS of \(process.processIdentifier)") }
      return kibibytes * 1_024
    }
  }
}

extension Program {
  fileprivate func scheduled(_ scheduling: Server.Scheduling) -> Program {
    switch scheduling {
    case .pinned: pinned(to: 0)
    case .ordinary: self
    case .preferred: preferred()
    }
  }
}

extension Server.Kind {
  /// Servers that write to the disk before they answer use memory in its place.
  fileprivate var parent: URL {
    switch self {
    case .octopus, .redis, .etcd(onDisk: true): FileManager.default.temporaryDirectory
    case .etcd, .zooKeeper: URL(fileURLWithPath: "/dev/shm")
    }
  }

  /// Microseconds between two attempts to connect: short where the start is measured, long where
  /// attempts would slow it down.
  fileprivate var pause: UInt32 {
    switch self {
    case .octopus, .redis: 50
    case .etcd, .zooKeeper: 20_000
    }
  }

  fileprivate func answers(at address: Wire.Address) -> Bool {
    guard let wire = try? Wire(address) else { return false }
    switch self {
    case .octopus, .redis: return (try? Client(wire).ask("PING")) != nil
    case .etcd: return true  // it listens when it is ready
    case .zooKeeper:
      // It accepts connections before it is ready to serve them.
      guard (try? wire.send(Array("srvr".utf8))) != nil, let answer = try? wire.take(9) else {
        return false
      }
      return answer == Array("Zookeeper".utf8)
    }
  }

  /// The program to run, and its address.
  fileprivate func start(in folder: URL) throws -> (program: Program, address: Wire.Address) {
    let socket = folder.appendingPathComponent("socket").path
    switch self {
    case .octopus(let program, let loops, let durability):
      let arguments = [
        "--socket", socket, "--state-dir", folder.path, "--journal",
        durability == .nothing ? "off" : "on", "--fsync",
        durability == .always ? "always" : "second", "--log-level", "error", "--loops", "\(loops)",
      ]
      return (Program(program, arguments), .unix(path: socket))
    case .redis(let durability):
      let arguments = [
        "--save", "", "--appendonly", durability == .nothing ? "no" : "yes", "--appendfsync",
        durability == .always ? "always" : "everysec", "--port", "0", "--unixsocket", socket,
        "--dir",
        folder.path,
      ]
      return (Program("redis-server", arguments), .unix(path: socket))
    case .etcd: return try etcd(folder)
    case .zooKeeper: return try zooKeeper(folder)
    }
  }

  private func etcd(_ folder: URL) throws -> (Program, Wire.Address) {
    let port = try Wire.freePort()
    let clients = "http://127.0.0.1:\(port)"
    let peers = "http://127.0.0.1:\(try Wire.freePort())"
    let arguments = [
      "--data-dir", folder.appendingPathComponent("data").path, "--log-level", "error",
      "--listen-client-urls", clients, "--advertise-client-urls", clients,
      "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
      "--initial-cluster", "default=\(peers)",
    ]
    return (Program("etcd", arguments), .loopback(port: port))
  }

  private func zooKeeper(_ folder: URL) throws -> (Program, Wire.Address) {
    let port = try Wire.freePort()
    let file = folder.appendingPathComponent("zoo.cfg")
    let configuration = """
      dataDir=\(folder.path)
      clientPort=\(port)
      clientPortAddress=127.0.0.1
      tickTime=2000
      maxSessionTimeout=3600000
      maxClientCnxns=0
      forceSync=no
      admin.enableServer=false

      """
    try Data(configuration.utf8).write(to: file)
    let arguments = [
      "-cp", "\(Self.jars)/zookeeper.jar:\(Self.jars)/slf4j-nop.jar",
      "org.apache.zookeeper.server.ZooKeeperServerMain", file.path,
    ]
    return (Program("java", arguments), .loopback(port: port))
  }

  /// The folder of Java's libraries in Debian.
  static let jars = "/usr/share/java"
}
