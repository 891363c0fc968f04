// The tables of this room, one a family file. Adding a family is a line here and one in functions.cc.
#pragma once

#include "functions/function.h"

namespace firn::functions {

std::span<const Function> AggregateFunctions();
std::span<const Function> BitmapAggregates();
std::span<const Function> BitmapFunctions();
std::span<const Function> BitwiseFunctions();
std::span<const Function> ConditionalFunctions();
std::span<const Function> ContextFunctions();
std::span<const Function> ConversionFunctions();
std::span<const Function> DateFunctions();
std::span<const Function> DatePartFunctions();
std::span<const Function> GenerationFunctions();
std::span<const Function> HashFunctions();
std::span<const Function> NetworkFunctions();
std::span<const Function> NumericFunctions();
std::span<const Function> RefusedFunctions();
std::span<const Function> RegexpFunctions();
std::span<const Function> SemiStructuredFunctions();
std::span<const Function> VariantTypeFunctions();
std::span<const Function> StringFunctions();
std::span<const Function> TableFunctions();
std::span<const Function> WindowFunctions();

}  // namespace firn::functions
