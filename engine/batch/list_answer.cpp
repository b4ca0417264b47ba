// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/list_answer.h"

#include "batch/raw_json.h"
#include "batch/token_estimate.h"

#include <algorithm>
#include <numeric>
#include <optional>

namespace millrace::batch {

namespace {

/// `total` in parts like `weights`, which add up to it exactly.
std::vector<std::uint64_t> shares(std::uint64_t total, const std::vector<std::uint64_t>& weights)
{
    std::uint64_t sum = 0;
    for (const auto weight : weights) sum += weight;
    std::vector<std::uint64_t> parts;
    parts.reserve(weights.size());
    std::uint64_t seen = 0;
    std::uint64_t assigned = 0;
    for (const auto weight : weights) {
        // By running sums: what rounding takes from one it gives to a later one.
        seen += weight;
        const double share = sum == 0 ? 0 : static_cast<double>(seen) / static_cast<double>(sum);
        const std::uint64_t until =
            seen == sum ? total : std::min(total, static_cast<std::uint64_t>(share * static_cast<double>(total) + 0.5));
        parts.push_back(until - assigned);
        assigned = until;
    }
    return parts;
}

}  // namespace

StatusOr<std::vector<std::string>> split(std::string_view answer, std::span<const ListRequest* const> members)
{
    std::size_t rows = 0;
    std::vector<std::uint64_t> weights;
    for (const ListRequest* member : members) {
        rows += member->rows();
        weights.push_back(member->tokens());
    }
    const bool embeds = members.front()->kind() == ListKind::Embeddings;
    const std::string_view listKey = embeds ? "data" : "choices";
    const std::string noun = embeds ? "embedding" : "choice";
    // One pass over what may be megabytes of numbers. Of each item all fields but its index, by index.
    RawJson document(answer);
    std::vector<std::string> items(rows);
    std::vector<std::uint64_t> written(rows);  // about how many tokens each item's text has
    std::size_t seen = 0;
    std::string others;
    std::optional<std::uint64_t> promptSum, writtenSum, totalSum;
    std::string wrong;
    const auto takeItem = [&](json::value& item) {
        std::string text;
        std::size_t index = seen++;
        std::uint64_t tokens = 0;
        const bool object = RawJson::each<json::object>(item, [&](std::string_view key, json::value& value) {
            const auto raw = rawOf(value);
            if (!raw) return false;
            if (key == "index") {
                index = number(*raw).value_or(rows);
            } else {
                if (key == "text") tokens = textTokens(*raw);
                text.reserve(text.size() + key.size() + raw->size() + 16);
                text.append("\"").append(key).append("\":").append(*raw).append(",");
            }
            return true;
        });
        if (!object || text.empty()) {
            wrong = "an " + noun + " of the response is not an object";
        } else if (index >= rows) {
            wrong = "the response has more " + noun + "s than there were " + members.front()->word() + "s";
        } else if (!items[index].empty()) {
            wrong = "two " + noun + "s of the response have the same index";
        } else {
            items[index] = std::move(text);
            written[index] = tokens;
        }
        return wrong.empty();
    };
    const auto takeUsage = [&](std::string_view key, json::value& value) {
        const auto raw = rawOf(value);
        const auto sum = raw ? number(*raw) : std::nullopt;
        if (sum && key == "prompt_tokens") promptSum = sum;
        if (sum && key == "completion_tokens") writtenSum = sum;
        if (sum && key == "total_tokens") totalSum = sum;
        return raw.has_value();
    };
    const bool well = document.eachField([&](std::string_view key, json::value& value) {
        if (key == listKey) return RawJson::each<json::array>(value, takeItem);
        json::json_type type;
        if (value.type().get(type) != simdjson::SUCCESS) return false;
        if (key == "usage" && type == json::json_type::object) return RawJson::each<json::object>(value, takeUsage);
        const auto raw = rawOf(value);
        if (raw) others.append("\"").append(key).append("\":").append(*raw).append(",");
        return raw.has_value();
    });
    if (!wrong.empty()) return failedPrecondition(wrong);
    if (!well) return failedPrecondition("the response is not a JSON object with a list of " + noun + "s");
    if (seen != rows) {
        return failedPrecondition("the response has " + std::to_string(seen) + " " + noun + "s for " +
                                  std::to_string(rows) + " " + members.front()->word() + "s");
    }
    std::vector<std::uint64_t> writtenWeights;
    std::size_t from = 0;
    for (const ListRequest* member : members) {
        writtenWeights.push_back(std::accumulate(written.begin() + static_cast<std::ptrdiff_t>(from),
                                                 written.begin() + static_cast<std::ptrdiff_t>(from + member->rows()),
                                                 std::uint64_t{0}));
        from += member->rows();
    }
    std::vector<std::uint64_t> prompt, completion, total;
    if (promptSum) prompt = shares(*promptSum, weights);
    if (writtenSum) completion = shares(*writtenSum, writtenWeights);
    if (totalSum && promptSum && writtenSum && *totalSum == *promptSum + *writtenSum) {
        for (std::size_t i = 0; i < members.size(); ++i) total.push_back(prompt[i] + completion[i]);
    } else if (totalSum) {
        total = shares(*totalSum, weights);
    }

    std::vector<std::string> answers;
    answers.reserve(members.size());
    std::size_t next = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
        std::string own = "{" + others + "\"" + std::string(listKey) + "\":[";
        for (std::uint32_t index = 0; index < members[i]->rows(); ++index, ++next) {
            own.append(index == 0 ? "{" : ",{").append(items[next]);
            own.append("\"index\":").append(std::to_string(index)).append("}");
        }
        own += "]";
        if (promptSum || writtenSum || totalSum) {
            own += ",\"usage\":{";
            if (promptSum) own.append("\"prompt_tokens\":").append(std::to_string(prompt[i])).append(",");
            if (writtenSum) own.append("\"completion_tokens\":").append(std::to_string(completion[i])).append(",");
            if (totalSum) own.append("\"total_tokens\":").append(std::to_string(total[i])).append(",");
            own += "\"millrace_estimated\":true}";
        }
        answers.push_back(own += "}");
    }
    return answers;
}

std::string errorMessage(std::string_view body)
{
    RawJson document(body);
    const auto fields = document.fields();
    const RawField* error = fields ? find(*fields, "error") : nullptr;
    if (!error) return {};
    if (error->value.front() == '"') return RawJson(error->value).string();
    RawJson inner(error->value);
    const auto parts = inner.fields();
    const RawField* message = parts ? find(*parts, "message") : nullptr;
    return message ? RawJson(message->value).string() : std::string();
}

}  // namespace millrace::batch
