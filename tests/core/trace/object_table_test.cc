#include "core/trace/object_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace lockscope::trace {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

Object Named(std::string name) { return {ObjectType::kMutex, std::move(name), "", kNoObject}; }

std::vector<std::pair<ObjectId, std::string>> Names(const ObjectTable& table) {
  std::vector<std::pair<ObjectId, std::string>> names;
  table.ForEach([&names](ObjectId id, const Object& object) { names.emplace_back(id, object.name); });
  return names;
}

TEST(ObjectTableTest, AnObjectIsFoundByItsIdUntilItIsRemoved) {
  ObjectTable table;
  EXPECT_EQ(table.Find(1), nullptr);
  table.Add(1) = Named("alice");
  ASSERT_NE(table.Find(1), nullptr);
  EXPECT_EQ(table.Find(1)->name, "alice");
  EXPECT_EQ(table.Find(2), nullptr);
  table.Remove(1);
  EXPECT_EQ(table.Find(1), nullptr);
  table.Remove(1);  // Twice is no harm.
  table.Remove(9'999);
}

TEST(ObjectTableTest, ObjectsAreVisitedInOrderOfTheirIdsAlsoWhereBlocksHaveGone) {
  ObjectTable table;
  for (ObjectId id = 1; id <= 1'000; ++id) table.Add(id) = Named(std::to_string(id));
  for (ObjectId id = 1; id <= 1'000; ++id) {
    if (id != 300 && id != 999) table.Remove(id);
  }
  EXPECT_THAT(Names(table), ElementsAre(Pair(300, "300"), Pair(999, "999")));
  table.Remove(300);
  table.Add(1'001) = Named("new");
  EXPECT_THAT(Names(table), ElementsAre(Pair(999, "999"), Pair(1'001, "new")));
}

TEST(ObjectTableTest, ATableThatWasEmptiedTakesObjectsAgain) {
  ObjectTable table;
  ObjectId last = 0;
  for (int round = 0; round < 400; ++round) {
    table.Add(++last) = Named("short");
    table.Remove(last);
  }
  table.Add(++last) = Named("long");
  EXPECT_THAT(Names(table), ElementsAre(Pair(401, "long")));
}

TEST(ObjectTableTest, WhatComesLaterHasNothingOfWhatWentBefore) {
  ObjectTable table;
  ObjectId last = 0;
  for (int round = 0; round < 3; ++round) {
    const ObjectId first = last + 1;
    for (int i = 0; i < 300; ++i) {
      Object& object = table.Add(++last);
      EXPECT_EQ(object, Object());
      object = {ObjectType::kMutex, "a name that is too long to lie inside", "client", 7};
    }
    for (ObjectId id = first; id <= last; ++id) table.Remove(id);
  }
}

}  // namespace
}  // namespace lockscope::trace
