import Glibc
import OctopusSystem

/// The terminal, shared between the line being typed and what is shown meanwhile.
///
/// While a line is typed, text from other threads waits here and the editor is woken to show it;
/// otherwise it goes out at once.
final class Screen: Sendable {
  private struct State {
    var isLineOpen = false
    var isEnded = false
    var pending = StyledText()
  }

  private let state = Mutex(State())
  /// Readable when the editor has something to show or must look at the terminal's size.
  let wakeDescriptor: CInt
  private let wakeWriter: CInt

  init() {
    var ends: [CInt] = [0, 0]
    let result = pipe(&ends)
    precondition(result == 0, "no descriptors left")
    for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    (wakeDescriptor, wakeWriter) = (ends[0], ends[1])
  }

  deinit {
    close(wakeDescriptor)
    close(wakeWriter)
  }

  /// Shows whole lines, above the line that is being typed if there is one.
  func show(_ text: StyledText) {
    state.withLock { state in
      if state.isLineOpen {
        state.pending += text
        wake()
      } else {
        write(text)
      }
    }
  }

  /// The terminal has another size.
  func resize() { wake() }

  /// Ends the line being typed, and all after it.
  func end() {
    state.withLock { $0.isEnded = true }
    wake()
  }

  func beginLine() { state.withLock { $0.isLineOpen = true } }

  func endLine() {
    state.withLock { state in
      state.isLineOpen = false
      write(state.pending)
      state.pending = StyledText()
    }
  }

  func takePending() -> StyledText {
    state.withLock { state in
      defer { state.pending = StyledText() }
      return state.pending
    }
  }

  /// Forgets wake-ups; false once nothing more is to be read.
  func drainWake() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 64)
    while read(wakeDescriptor, &bytes, bytes.count) > 0 {}
    return state.withLock { !$0.isEnded }
  }

  private func wake() {
    // A full pipe wakes as well.
    _ = Glibc.write(wakeWriter, [0], 1)
  }

  func write(_ text: StyledText) { StandardStream.output.write(text) }

  /// Whether it knows no escape sequences: the cursor only goes forward.
  let isDumb = [nil, "dumb"].contains(Environment.process["TERM"])

  var columns: Int {
    var size = winsize()
    return ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}
