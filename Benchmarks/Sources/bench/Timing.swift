import Figures
import Glibc

// The time of something short: how often it runs in a while.

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

/// Runs of `body`, in seconds for each time that it ran. It is told which time this is.
///
/// How many times make up a run is found first, which warms caches too. The time is that of the
/// processor: nothing here waits, so that on a machine that does nothing else it is the clock's.
func time(_ effort: Effort, _ body: (Int) -> Void) -> Figure {
  var turn = 0
  func seconds(_ count: Int) -> Double {
    let begin = processorSeconds()
    for _ in 0..<count {
      body(turn)
      turn += 1
    }
    return processorSeconds() - begin
  }
  var count = 1
  var elapsed = seconds(count)
  while elapsed < effort.engineSeconds / 4 {
    count *= 2
    elapsed = seconds(count)
  }
  count = max(1, Int(Double(count) * effort.engineSeconds / elapsed))
  return Figure((0..<effort.runs).map { _ in seconds(count) / Double(count) })
}

private func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
