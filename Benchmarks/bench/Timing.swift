import BenchmarkResults
import Glibc

// The time of short work: how often it runs within a given time, in turn with a peer.

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

/// Runs Octopus and its peer in turn; returns the seconds of each call. Both get the number of the
/// call.
///
/// Measures processor time, which on an idle machine is the same as the clock's: nothing here
/// waits.
func time(
  _ sampling: Sampling, _ octopus: (Int) -> Void, beside peer: (Int) -> Void
) -> (octopus: Samples, peer: Samples) {
  var ours = Repetition(of: octopus, for: sampling.engineSeconds)
  var theirs = Repetition(of: peer, for: sampling.engineSeconds)
  var runs: (octopus: [Double], peer: [Double]) = ([], [])
  for _ in 0..<sampling.engineRuns {
    runs.octopus.append(ours.run(octopus))
    runs.peer.append(theirs.run(peer))
  }
  return (Samples(runs.octopus), Samples(runs.peer))
}

/// As many calls as fill a given time.
private struct Repetition {
  private var count = 1
  private var turn = 0

  /// Finds their number by running it, which also warms caches.
  init(of body: (Int) -> Void, for seconds: Double) {
    var elapsed = run(body)
    while elapsed < seconds / Double(4 * count) {
      count *= 2
      elapsed = run(body)
    }
    count = max(1, Int(seconds / elapsed))
  }

  /// The seconds of each call.
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
