#include "core/export/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "core/trace/trace_builder.h"
#include "tests/support/sample_trace.h"

namespace lockscope::export_ {
namespace {

using trace::Trace;

std::string Export(const Trace& trace) {
  std::ostringstream out;
  EXPECT_TRUE(ExportCsv(trace, out).has_value());
  return out.str();
}

// Steps count from 1, as the viewer shows them and takes them (--at step:2).
TEST(CsvTest, IsAHeaderAndARowAnEvent) {
  trace::TraceBuilder b;
  const ObjectId worker = b.Thread("worker-1");
  const ObjectId lock = b.Mutex("alice", "client");
  b.On(worker, "client.cc", 88).At(1500).Acquire(lock).Request(lock);
  EXPECT_EQ(Export(b.Build()),
            "step,ticks,t_ns,thread,thread_name,kind,object,object_name,arg,arg_name,site,place\r\n"
            "1,0,0,1,worker-1,thread_started,1,worker-1,0,,0,\r\n"
            "2,1500,1500,1,worker-1,lock_acquired,2,alice,1,,1,client.cc:88\r\n"
            "3,1501,1501,1,worker-1,lock_requested,2,alice,1,worker-1,1,client.cc:88\r\n");
}

TEST(CsvTest, ATextThatIsNotPlainIsInQuotes) {
  trace::TraceBuilder b;
  b.Thread("a \"b\", c\nd \xff");
  EXPECT_THAT(Export(b.Build()), ::testing::HasSubstr("\"a \"\"b\"\", c?d \xef\xbf\xbd\""));
}

TEST(CsvTest, HasARowForEachEventOfTheSample) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const std::string text = Export(trace);
  EXPECT_EQ(static_cast<size_t>(std::count(text.begin(), text.end(), '\n')), 1 + trace.size());
}

TEST(CsvTest, AFailingStreamIsAnError) {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  EXPECT_FALSE(ExportCsv(testing::FourClientsThreeWorkers(), out).has_value());
}

}  // namespace
}  // namespace lockscope::export_
