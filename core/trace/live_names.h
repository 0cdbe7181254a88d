// LiveNames: from the numbers of one process to those of a trace.
//
// In a live recording, objects have the numbers of the process that made it (others may have been created before it or
// never used in it), and sites have those of a hash table. In a trace, ids are dense: objects in order of creation, and
// only those that an event speaks of, or that belong to such a one; sites in order of file and line. One thread.
#pragma once

#include <map>
#include <vector>

#include "core/trace/byte_io.h"
#include "core/trace/file_format.h"
#include "core/trace/trace.h"

namespace lockscope::trace {

class LiveNames {
 public:
  static Object ReadObject(ByteReader& in);
  static Site ReadSite(ByteReader& in);

  void AddObject(ObjectId id, Object object) { objects_[id] = std::move(object); }
  void AddSite(SiteId id, Site site) { sites_[id] = std::move(site); }
  // One record of the journal, behind its head. Types that are not known are passed over.
  void Add(format::SectionType type, ByteReader& in);

  // Gives objects, sites and events their dense ids. An event that speaks of an object or site that is not in the journal
  // (the disk was full) speaks of none.
  void Renumber(TraceParts& parts) const;

 private:
  std::map<ObjectId, Object> objects_;
  std::map<SiteId, Site> sites_;
};

}  // namespace lockscope::trace
