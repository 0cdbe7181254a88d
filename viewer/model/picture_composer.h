// PictureComposer: what the pictures of an outcome and of a moment are put together from. Threads first, then locks, then
// columns, then Finish(). One thread.
#pragma once

#include <utility>

#include "viewer/model/picture.h"

namespace lockscope::viewer {

class PictureComposer {
 public:
  static constexpr size_t kMostThreads = 4;

  // `moment`: the step of which is asked who is blocked.
  PictureComposer(const LaneContent& content, size_t moment);

  Picture& picture() { return picture_; }
  bool HasLane(ObjectId object) const;

  // Threads of the daemon, as long as there is room for one more.
  void AddThread(ObjectId thread);
  void AddBlockedThreads();  // And who blocks them.
  // Those whose events stand nearest to a step between the two, until there are so many.
  void AddThreadsNear(size_t step, size_t from, size_t to, size_t most);

  // Likewise. What somebody waits for at the moment, the lock that the event is about or that of its client, the server's.
  void AddLocksOf(size_t step);

  // Events of the threads that have a lane, of the kinds that tell the way to something.
  void AddColumnsBefore(size_t step, size_t most);  // And the step itself.
  void AddColumnsAfter(size_t step, size_t most);
  void AddColumn(size_t step);
  void AddColumns(size_t from, size_t to);  // All between the two, and the two.

  // Orders the columns; gives the lock lanes rows for what waits for the locks, and takes away those in which nothing
  // happens. The bright part begins a few columns before the cursor.
  void Finish();

 private:
  bool IsTold(size_t step) const;
  void AddLock(ObjectId lock);
  bool IsSeen(const analysis::Interval& interval) const;
  void FillLockLanes();

  const LaneContent& content_;
  const analysis::Timeline& timeline_;
  const trace::Trace& trace_;
  size_t moment_;
  size_t locks_ = 0;
  Picture picture_;
};

}  // namespace lockscope::viewer
