import CPlatform
import Dispatch
import Glibc

/// Where a program says that it is ready, as sd_notify(3) has it: `READY=1`, sent to the datagram socket
/// that `$NOTIFY_SOCKET` names. The name is abstract: it leaves no file behind.
///
/// Heard are processes of the same user and root, who could do anything else to the program as
/// well, and of any user those that descend from the program.
// A source may be used from every thread; only its type does not say so.
final class ReadySocket: @unchecked Sendable {
  let environment: [String: String]
  private let source: any DispatchSourceRead
  private let messages: AsyncStream<Sender>

  private struct Sender: Sendable {
    let process: pid_t
    let user: uid_t
  }

  init() throws(Complaint) {
    var name = [CChar](repeating: 0, count: 108)
    let descriptor = platform_named_datagram_socket(&name, name.count)
    guard descriptor >= 0 else {
      throw Complaint("no socket to be told on: \(String(cString: strerror(errno)))", .cannotRun)
    }
    let text = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    environment = ["NOTIFY_SOCKET": "@" + text]
    let (messages, continuation) = AsyncStream.makeStream(of: Sender.self)
    self.messages = messages
    source = DispatchSource.makeReadSource(
      fileDescriptor: descriptor, queue: DispatchQueue(label: "octopus.ready"))
    source.setEventHandler { Self.receive(from: descriptor, continuation) }
    source.setCancelHandler { close(descriptor) }
    source.resume()
  }

  /// Until then everything is received: who reports its progress finds someone who listens.
  deinit { source.cancel() }

  /// Waits until the program, or one that descends from `ancestor`, says so.
  func ready(below ancestor: pid_t) async throws(CancellationError) {
    for await sender in messages {
      let isTrusted = sender.user == getuid() || sender.user == 0
      if isTrusted || descends(sender.process, from: ancestor) { return }
    }
    throw CancellationError()
  }

  private static func receive(
    from descriptor: CInt, _ continuation: AsyncStream<Sender>.Continuation
  ) {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    var process: pid_t = 0
    var user: uid_t = 0
    while true {
      let count = platform_receive_datagram(descriptor, &buffer, buffer.count, &process, &user)
      guard count >= 0 else { return }
      if buffer[..<count].split(separator: 0x0a).contains(Array("READY=1".utf8)[...]) {
        continuation.yield(Sender(process: process, user: user))
      }
    }
  }
}

private func descends(_ process: pid_t, from ancestor: pid_t) -> Bool {
  var process = process
  while process > 1 {
    if process == ancestor { return true }
    // `pid (name) state parent …`, and the name may be anything.
    guard let status = try? readFile("/proc/\(process)/stat", limit: 4_096),
      let end = status.lastIndex(of: 0x29)
    else { return false }
    let fields = status[(end + 1)...].split(separator: 0x20)
    guard fields.count > 1, let parent = pid_t(String(decoding: fields[1], as: UTF8.self))
    else { return false }
    process = parent
  }
  return false
}
