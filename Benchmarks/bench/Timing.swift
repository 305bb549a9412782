import BenchmarkResults
import Glibc

// The time of something short: how often it runs in a while, in turn with a peer.

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

/// Runs of something and of its peer in turn, in seconds for each time that it ran. Both are told
/// which time this is.
///
/// The time is that of the processor: nothing here waits, so that on a machine that does nothing else
/// it is the clock's.
func time(
  _ effort: Effort, _ octopus: (Int) -> Void, beside peer: (Int) -> Void
) -> (octopus: Figure, peer: Figure) {
  var ours = Repetition(of: octopus, for: effort.engineSeconds)
  var theirs = Repetition(of: peer, for: effort.engineSeconds)
  var runs: (octopus: [Double], peer: [Double]) = ([], [])
  for _ in 0..<effort.engineRuns {
    runs.octopus.append(ours.run(octopus))
    runs.peer.append(theirs.run(peer))
  }
  return (Figure(runs.octopus), Figure(runs.peer))
}

/// As many times of something as fill a while.
private struct Repetition {
  private var count = 1
  private var turn = 0

  /// Found by running it, which warms caches too.
  init(of body: (Int) -> Void, for seconds: Double) {
    var elapsed = run(body)
    while elapsed < seconds / Double(4 * count) {
      count *= 2
      elapsed = run(body)
    }
    count = max(1, Int(seconds / elapsed))
  }

  /// The seconds that each time took.
  mutating func run(_ body: (Int) -> Void) -> Double {
    let begin = processorSeconds()
    for _ in 0..<count {
      body(turn)
      turn += 1
    }
    return (processorSeconds() - begin) / Double(count)
  }
}

private func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
