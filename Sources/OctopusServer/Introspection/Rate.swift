/// How many commands the last full second saw.
struct Rate {
  private var second: Int64 = 0
  private var current: Int64 = 0
  private var last: Int64 = 0

  mutating func count(at microseconds: Int64) {
    roll(to: microseconds / 1_000_000)
    current += 1
  }

  mutating func perSecond(at microseconds: Int64) -> Int64 {
    roll(to: microseconds / 1_000_000)
    return last
  }

  private mutating func roll(to now: Int64) {
    guard now != second else { return }
    last = now == second + 1 ? current : 0
    current = 0
    second = now
  }
}
