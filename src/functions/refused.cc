// Functions of Snowflake that this server knows and will not have, each with the reason that its error gives.
#include <array>

#include "functions/families.h"

namespace firn::functions {

namespace {

constexpr Refuse kModel{"it needs a language model"};
constexpr Refuse kSharing{"this server has no such service"};

// clang-format off
constexpr std::array kRefused = {
    Function{"AI_AGG", "...", kModel, "", "", "functions/ai_agg"},
    Function{"AI_CLASSIFY", "...", kModel, "", "", "functions/ai_classify"},
    Function{"AI_COMPLETE", "...", kModel, "", "", "functions/ai_complete"},
    Function{"AI_EMBED", "...", kModel, "", "", "functions/ai_embed"},
    Function{"AI_EXTRACT", "...", kModel, "", "", "functions/ai_extract"},
    Function{"AI_FILTER", "...", kModel, "", "", "functions/ai_filter"},
    Function{"AI_SENTIMENT", "...", kModel, "", "", "functions/ai_sentiment"},
    Function{"AI_SIMILARITY", "...", kModel, "", "", "functions/ai_similarity"},
    Function{"AI_SUMMARIZE_AGG", "...", kModel, "", "", "functions/ai_summarize_agg"},
    Function{"AI_TRANSLATE", "...", kModel, "", "", "functions/ai_translate"},
    Function{"GETNEXTVAL", "...", Refuse{"select NEXTVAL of the sequence"}, "", "", "functions/getnextval"},
    Function{"GET_PRESIGNED_URL", "...", kSharing, "", "", "functions/get_presigned_url"},
    Function{"SYSTEM$REFERENCE", "...", kSharing, "", "", "functions/system_reference"},
};
// clang-format on

}  // namespace

std::span<const Function> RefusedFunctions() { return kRefused; }

}  // namespace firn::functions
