// What scripts/new-operator writes.
#include "test/ops/skeleton.h"
#include "test/ops/table.h"

#include "predictor/ops/space_notation.h"

#include <gtest/gtest.h>

namespace cobra::test {
namespace {

constexpr std::string_view schema = "aten::blend(Tensor self, Tensor? mask, SymInt[2] size, float[]? scales=None, int[2] stride=[], *, "
                                    "str mode, Generator? generator=None) -> (Tensor, Tensor)";

TEST(Skeleton, SpellsEveryTypeOfTheSchema) {
  const std::string entry = entrySkeleton(schema);
  EXPECT_NE(entry.find("[[maybe_unused]] Tensor self_, [[maybe_unused]] MaybeTensor mask_, [[maybe_unused]] "
                       "Ints<2> size_, "
                       "[[maybe_unused]] MaybeFloatList scales_, [[maybe_unused]] MaybeInts<2> stride_, "
                       "[[maybe_unused]] String mode_, [[maybe_unused]] MaybeGenerator generator_"),
            std::string::npos)
      << entry;
  EXPECT_NE(entry.find("\"self: [1..16, 1..64]  size: [1..4,1..4]  mode: 'mean'\""), std::string::npos) << entry;
}

TEST(Skeleton, GivesATableLineWithWhatHasNoDefault) {
  EXPECT_EQ(tableSkeleton(schema), "blend [2,3] size=[1,1] mode='mean' -> [2,3] [2,3]");
  EXPECT_EQ(tableSkeleton("aten::size_of(Tensor self) -> int"), "size_of [2,3] -> nothing");
}

TEST(Skeleton, RefusesWhatCannotBeAFamily) {
  EXPECT_THROW(addSkeleton("nowhere", schema, "../up"), SkeletonError);
  EXPECT_THROW(addSkeleton("nowhere", schema, "news"), SkeletonError);
}

} // namespace
} // namespace cobra::test
