// RE2 behind the C interface of CRE2.h.
#include "CRE2.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

// What the match in this thread has made RE2 do. RE2 tells it only to its hooks, which are for the
// whole process.
static thread_local cre2_effort effort_of_thread;

static bool set_hooks() {
  re2::hooks::SetDFAStateCacheResetHook([](const re2::hooks::DFAStateCacheReset &reset) {
    effort_of_thread.states += reset.state_cache_size;
    effort_of_thread.bytes += reset.state_budget;
  });
  re2::hooks::SetDFASearchFailureHook(
      [](const re2::hooks::DFASearchFailure &) { effort_of_thread.interpreted = true; });
  return true;
}

static const bool hooks_are_set = set_hooks();

struct cre2_pattern {
  RE2 re2;
};

struct cre2_set {
  RE2::Set set;
};

static RE2::Options options(int64_t memory) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(memory);
  return options;
}

cre2_pattern *cre2_compile(const char *pattern, size_t length, int64_t memory, char *error,
                           size_t error_capacity) {
  auto compiled = std::unique_ptr<cre2_pattern>(
      new cre2_pattern{RE2(re2::StringPiece(pattern, length), options(memory))});
  if (compiled->re2.ok()) return compiled.release();
  if (error_capacity > 0) {
    size_t count = std::min(compiled->re2.error().size(), error_capacity - 1);
    memcpy(error, compiled->re2.error().data(), count);
    error[count] = 0;
  }
  return nullptr;
}

void cre2_free(cre2_pattern *pattern) { delete pattern; }

int cre2_program_size(const cre2_pattern *pattern) { return pattern->re2.ProgramSize(); }

bool cre2_reverse(const cre2_pattern *pattern) { return pattern->re2.ReverseProgramSize() >= 0; }

bool cre2_matches(const cre2_pattern *pattern, const char *text, size_t length,
                  cre2_effort *effort) {
  effort_of_thread = {};
  bool found = RE2::PartialMatch(re2::StringPiece(text, length), pattern->re2);
  *effort = effort_of_thread;
  return found;
}

cre2_set *cre2_set_new(int64_t memory) {
  return new cre2_set{RE2::Set(options(memory), RE2::UNANCHORED)};
}

void cre2_set_free(cre2_set *set) { delete set; }

int cre2_set_add(cre2_set *set, const char *pattern, size_t length) {
  return set->set.Add(re2::StringPiece(pattern, length), nullptr);
}

bool cre2_set_compile(cre2_set *set) { return set->set.Compile(); }

int cre2_set_matches(const cre2_set *set, const char *text, size_t length, int *matches,
                     int capacity, cre2_effort *effort) {
  std::vector<int> found;
  RE2::Set::ErrorInfo info;
  effort_of_thread = {};
  bool any = set->set.Match(re2::StringPiece(text, length), &found, &info);
  *effort = effort_of_thread;
  if (!any) return info.kind == RE2::Set::kNoError ? 0 : -1;
  int count = std::min(static_cast<int>(found.size()), capacity);
  std::copy(found.begin(), found.begin() + count, matches);
  return static_cast<int>(found.size());
}
