import Foundation
import RESP

/// A client that keeps a journal of all that it says and hears, over RESP3, one request at a time.
package final class Client {
  private var descriptor: Int32 = -1
  private var decoder = ReplyDecoder()
  private var arrived: ArraySlice<RESPValue> = []
  private let write: ([UInt8]) -> Void

  /// - Parameter write: takes the journal, piece by piece.
  package init(_ path: String, name: String, journal write: @escaping ([UInt8]) -> Void) throws {
    self.write = write
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) { pointer in
      // As C does it: a sockaddr is what all addresses begin with.
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw SoakFailure("cannot connect to \(path): \(errno)") }
    write(Journal.encode(.opened(name)))
    _ = ask("HELLO", "3", "SETNAME", name)
  }

  deinit { close(descriptor) }

  /// Asks, and waits for the reply; nil when the connection was lost.
  package func ask(_ words: String...) -> RESPValue? { ask(words) }

  package func ask(_ words: [String]) -> RESPValue? {
    guard send(words) else { return nil }
    while let value = next() { if case .push = value { continue } else { return value } }
    return nil
  }

  /// Asks for what is answered by pushes, and waits for the last of them; false when the connection was lost.
  package func ask(_ words: [String], until isLast: (RESPValue) -> Bool) -> Bool {
    guard send(words) else { return false }
    while let value = next() { if isLast(value) { return true } }
    return false
  }

  /// The next thing that arrives.
  package func next() -> RESPValue? {
    while arrived.isEmpty { guard read() else { return nil } }
    let value = arrived.removeFirst()
    write(Journal.encode(.heard(value, at: Self.now())))
    return value
  }

  private func send(_ words: [String]) -> Bool {
    // Before it is sent: nothing happens of which no journal tells.
    write(Journal.encode(.asked(words, at: Self.now())))
    var encoder = RESPEncoder(version: .three)
    encoder.command(words)
    var rest = encoder.bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return lose() }
      rest = rest.dropFirst(count)
    }
    return true
  }

  private func read() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { return lose() }
    return buffer[..<count].withUnsafeBytes { bytes in
      var rest = bytes
      do {
        while let value = try decoder.next(&rest) { arrived.append(value) }
        return true
      } catch {
        write(Journal.encode(.heard(.error("not RESP: \(error)"), at: Self.now())))
        return lose()
      }
    }
  }

  private func lose() -> Bool {
    write(Journal.encode(.lost))
    return false
  }

  package static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
