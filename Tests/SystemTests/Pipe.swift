import CSpawn
import Glibc
import OctopusSystem

import struct Synchronization.Atomic

/// A pipe to or from a program.
final class Pipe: Sendable {
  let reading: CInt
  let writing: CInt
  private let state = Mutex((isReadingOpen: true, isWritingOpen: true))
  /// Read and not asked for yet.
  private let received = Mutex<[UInt8]>([])
  private let isAtEnd = Atomic(false)

  /// Whether everything that was written has been read, and no more can come.
  var hasEnded: Bool { isAtEnd.load(ordering: .acquiring) }

  init() {
    // A program that does not read its input to the end is no reason to end the tests.
    signal(SIGPIPE, SIG_IGN)
    var ends: [CInt] = [0, 0]
    let result = spawn_pipe(&ends)
    precondition(result == 0, "no descriptors left")
    (reading, writing) = (ends[0], ends[1])
  }

  deinit {
    closeReading()
    closeWriting()
  }

  func closeReading() {
    state.withLock { state in
      if state.isReadingOpen { Glibc.close(reading) }
      state.isReadingOpen = false
    }
  }

  func closeWriting() {
    state.withLock { state in
      if state.isWritingOpen { Glibc.close(writing) }
      state.isWritingOpen = false
    }
  }

  func close() { closeWriting() }

  func write(_ text: String) { write(Array(text.utf8)) }

  func write(_ bytes: [UInt8]) {
    var start = 0
    while start < bytes.count {
      let count = bytes[start...].withUnsafeBytes { Glibc.write(writing, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      start += count
    }
  }

  /// The next line, or nil at the end.
  func readLine() async throws -> String? {
    try await blocking { [self] in Result { try nextLine() } }.get()
  }

  func readAll() async -> String {
    await blocking { [self] in
      while readMore(until: now() + patience) {}
      return String(decoding: received.withLock { $0 }, as: UTF8.self)
    }
  }

  private func nextLine() throws -> String? {
    let deadline = now() + patience
    while true {
      let line = received.withLock { bytes -> String? in
        guard let end = bytes.firstIndex(of: 0x0a) else { return nil }
        defer { bytes.removeSubrange(...end) }
        return String(decoding: bytes[..<end], as: UTF8.self)
      }
      if let line { return line }
      guard now() < deadline else { throw Failure("no line came") }
      if !readMore(until: deadline) { return nil }
    }
  }

  /// False at the end.
  private func readMore(until deadline: Double) -> Bool {
    guard waitReadable(reading, until: deadline) else { return false }
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    let count = read(reading, &chunk, chunk.count)
    guard count > 0 else {
      isAtEnd.store(true, ordering: .releasing)
      return false
    }
    received.withLock { $0 += chunk[..<count] }
    return true
  }
}
