import CEditLine
import Glibc
import OctopusSystem

/// Reads lines at a terminal, with history and completion (libedit), while other threads may have
/// text shown above the line being typed.
///
/// libedit asks `nextCharacter` for each character; that waits for the keyboard and for `Screen`'s
/// wake-up at once, which is how an event appears without a keystroke.
final class LineEditor {
  private let editor: OpaquePointer
  private let entries: OpaquePointer
  private let screen: Screen
  private let complete: (_ textBeforeCursor: String) -> [String]
  private let prompt: UnsafeMutablePointer<CChar>
  private let promptWidth: Int
  private var keyboard = Keyboard()
  private var isCancelled = false

  /// - Parameters:
  ///   - prompt: Plain text; `colour` is put around it.
  ///   - complete: Completions of the last word before the cursor.
  init(
    prompt: String, colour: Colour?, screen: Screen, history: [String],
    complete: @escaping (String) -> [String]
  ) {
    editline_use_utf8()
    self.screen = screen
    self.complete = complete
    // The blank stands last: libedit loses an escape sequence at the very end.
    let painted = colour.map { "\u{1}\($0.on)\u{1}\(prompt)\u{1}\(Colour.off)\u{1}" } ?? prompt
    self.prompt = strdup(painted + " ")
    promptWidth = prompt.count + 1
    editor = editline_open("octopus")
    entries = editline_history_open(CInt(History.capacity))
    for line in history { editline_history_add(entries, line) }
    configure()
  }

  deinit {
    el_end(editor)
    history_end(entries)
    free(prompt)
  }

  private func configure() {
    // The editor lives no longer than this object, and hands it back only to the functions below.
    editline_set_client_data(editor, Unmanaged.passUnretained(self).toOpaque())
    editline_set_prompt(editor) { LineEditor.of($0).prompt }
    editline_set_reader(editor) { LineEditor.of($0).nextCharacter(into: $1!) }
    editline_use_emacs_keys(editor)
    editline_keep_signal_keys(editor)
    editline_keep_what_is_typed_ahead(editor)
    editline_use_history(editor, entries)
    editline_add_function(editor, "octopus-complete", "Complete the word") { editor, _ in
      LineEditor.of(editor).completeWord()
    }
    editline_add_function(editor, "octopus-cancel", "Drop the line") { editor, _ in
      LineEditor.of(editor).isCancelled = true
      // The editor ends the line in its own way, below all its rows.
      el_push(editor, "\n")
      return UInt8(CC_NORM)
    }
    editline_bind(editor, "^I", "octopus-complete")
    editline_bind(editor, "^C", "octopus-cancel")
    editline_bind(editor, "^R", "em-inc-search-prev")
    editline_bind(editor, "\u{1b}[1;5C", "em-next-word")
    editline_bind(editor, "\u{1b}[1;5D", "ed-prev-word")
    el_source(editor, nil)
  }

  private static func of(_ editor: OpaquePointer?) -> LineEditor {
    // Set by `configure`; libedit calls back only from within `read`.
    Unmanaged<LineEditor>.fromOpaque(editline_client_data(editor)!).takeUnretainedValue()
  }

  /// Waits for a line; an empty one if it was dropped with Ctrl-C, nil after Ctrl-D or when the
  /// terminal has gone.
  func read() -> String? {
    isCancelled = false
    var count: CInt = 0
    screen.beginLine()
    let text = el_gets(editor, &count)
    screen.endLine()
    if isCancelled { return "" }
    guard let text, count > 0 else { return nil }
    return String(cString: text).trimmingBlanks()
  }

  func remember(_ line: String) { editline_history_add(entries, line) }

  // MARK: Characters

  private func nextCharacter(into character: UnsafeMutablePointer<wchar_t>) -> CInt {
    while true {
      if let next = keyboard.next() {
        character.pointee = wchar_t(bitPattern: next.value)
        return 1
      }
      switch keyboard.wait(orFor: screen.wakeDescriptor) {
      case .typed: continue
      case .ended: return 0
      case .woken:
        guard screen.drainWake() else { return 0 }
        el_resize(editor)
        showPending()
      }
    }
  }

  /// Takes the line off the screen, prints what waits, and draws the line anew below it.
  private func showPending() {
    let text = screen.takePending()
    guard !text.isEmpty else { return }
    let rows = (promptWidth + displayWidth(textBeforeCursor)) / max(screen.columns, 1)
    let up = repeatElement(StyledText(sequence: "\u{1b}[A"), count: rows).joined()
    let clear = StyledText(sequence: "\r") + up + StyledText(sequence: "\u{1b}[J")
    screen.write((screen.isDumb ? "\n" : clear) + text)
    editline_redraw(editor)
  }

  private var textBeforeCursor: String {
    guard let line = el_line(editor)?.pointee else { return "" }
    let bytes = UnsafeRawBufferPointer(start: line.buffer, count: line.cursor - line.buffer)
    return String(decoding: bytes, as: UTF8.self)
  }

  private func displayWidth(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) {
      $0 + max(0, Int(editline_width(wchar_t(bitPattern: $1.value))))
    }
  }

  // MARK: Completion

  private func completeWord() -> UInt8 {
    let text = textBeforeCursor
    let word = text.suffix { !" \t{},:".contains($0) }
    let candidates = complete(text).filter { $0.hasPrefix(word) }
    let common = commonPrefix(of: candidates)
    guard !candidates.isEmpty else { return UInt8(CC_REFRESH_BEEP) }
    if candidates.count == 1 {
      el_insertstr(editor, common.dropFirst(word.count) + " ")
    } else if common.count > word.count {
      el_insertstr(editor, String(common.dropFirst(word.count)))
    } else {
      screen.write(StyledText("\n" + columns(candidates) + "\n"))
      return UInt8(CC_REDISPLAY)
    }
    return UInt8(CC_REFRESH)
  }

  private func commonPrefix(of words: [String]) -> String {
    guard var prefix = words.first else { return "" }
    for word in words { prefix = String(zip(prefix, word).prefix { $0 == $1 }.map(\.0)) }
    return prefix
  }

  private func columns(_ words: [String]) -> String {
    let width = words.map(\.count).max()! + 2
    let perRow = max(1, screen.columns / width)
    return stride(from: 0, to: words.count, by: perRow).map { start in
      words[start..<min(start + perRow, words.count)].map {
        $0 + String(repeating: " ", count: width - $0.count)
      }.joined()
    }.joined(separator: "\n")
  }
}

extension String {
  func suffix(while predicate: (Character) -> Bool) -> Substring {
    self[(lastIndex { !predicate($0) }.map(index(after:)) ?? startIndex)...]
  }

  func trimmingBlanks() -> String {
    let isBlank: (Character) -> Bool = { $0.isWhitespace }
    guard let first = firstIndex(where: { !isBlank($0) }) else { return "" }
    return String(self[first...lastIndex { !isBlank($0) }!])
  }
}
