// Those who want the same lock, each by itself.

/// A lock and its members: what each of them says and hears, in steps that can be timed apart.
protocol Line: AnyObject {
  /// How many members there are.
  var count: Int { get }
  /// Says that a member wants it.
  func ask(_ member: Int) throws
  /// Returns once the member knows that it holds.
  func learn(_ member: Int) throws
  /// Says that the holder gives it back.
  func release(_ holder: Int) throws
  /// Takes the answer to that.
  func forget(_ holder: Int) throws
  /// Returns once all that asked stand in the queue, in the order in which they did.
  func settle() throws
}

/// Lock and unlock, with nobody else there.
struct Uncontended: Contender {
  private let line: any Line

  init(_ line: any Line) { self.line = line }

  func once() throws {
    try line.ask(0)
    try line.learn(0)
    try line.release(0)
    try line.forget(0)
  }
}

/// From the holder's release until the next one knows. The former holder asks again at the end.
final class HandOver: Contender {
  private let line: any Line
  private var holder = 0
  private var former: Int?

  init(_ line: any Line) throws {
    self.line = line
    for member in 0..<line.count {
      try line.ask(member)
      if member == 0 { try line.learn(0) }
      try line.settle()
    }
  }

  func prepare() throws {
    guard let member = former else { return }
    former = nil
    try line.forget(member)
    try line.ask(member)
    try line.settle()
  }

  func once() throws {
    let next = (holder + 1) % line.count
    try line.release(holder)
    try line.learn(next)
    former = holder
    holder = next
  }
}
