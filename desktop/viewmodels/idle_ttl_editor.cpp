// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/idle_ttl_editor.h"

#include "config.pb.h"
#include "format/numbers.h"
#include "viewmodels/model_rules.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

namespace millrace::desktop {
namespace {

constexpr double kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr std::array<quint64, 5> kSpans = {60'000, 300'000, 1'800'000, 7'200'000, 0};  // 0: never
constexpr std::array kUnits = {kSecond, kMinute, kHour, kDay};
constexpr int kBySetting = 0;
constexpr int kCustom = static_cast<int>(kSpans.size()) + 1;

/// What the setting may be, of which this is one for a single model.
double longest()
{
    static const double most = config::v1::Loader::descriptor()
                                   ->FindFieldByName("idle_ttl_ms")
                                   ->options()
                                   .GetExtension(config::v1::setting)
                                   .max();
    return most;
}

}  // namespace

void IdleTtlEditor::open(const QString& model, const QString& holds, Ttl own, Ttl setting)
{
    model_ = model;
    holds_ = holds;
    setting_ = setting;
    const auto span = own ? std::find(kSpans.begin(), kSpans.end(), *own) : kSpans.end();
    choice_ = !own ? kBySetting : span == kSpans.end() ? kCustom : 1 + static_cast<int>(span - kSpans.begin());
    // One that was typed before comes back as it was: in the largest unit that it is a whole number of.
    unit_ = 1;
    amount_.clear();
    if (choice_ == kCustom) {
        const auto ms = static_cast<double>(*own);
        const auto fits = [&](double unit) { return std::fmod(ms, unit) == 0; };
        const auto unit = std::find_if(kUnits.rbegin(), kUnits.rend(), fits);
        unit_ = unit == kUnits.rend() ? 0 : static_cast<int>(std::distance(unit, kUnits.rend())) - 1;
        const double amount = ms / kUnits[static_cast<std::size_t>(unit_)];
        amount_ = format::locale().toString(amount, 'f', std::fmod(ms, kUnits[0]) == 0 ? 0 : 3);
    }
    Q_EMIT opened();
    Q_EMIT changed();
}

QStringList IdleTtlEditor::choices() const
{
    QStringList out{setting_
                        ? tr("as in the settings: %1")
                              .arg(*setting_ == 0 ? tr("never") : format::milliseconds(static_cast<double>(*setting_)))
                        : tr("as in the settings")};
    for (const quint64 span : kSpans)
        out.append(span == 0 ? tr("never") : format::milliseconds(static_cast<double>(span)));
    out.append(tr("another time"));
    return out;
}

QStringList IdleTtlEditor::units()
{
    return {tr("seconds"), tr("minutes"), tr("hours"), tr("days")};
}

bool IdleTtlEditor::isCustom() const
{
    return choice_ == kCustom;
}

void IdleTtlEditor::setChoice(int choice)
{
    if (choice < 0 || choice > kCustom || choice == choice_) return;
    choice_ = choice;
    Q_EMIT changed();
}

void IdleTtlEditor::setAmount(const QString& amount)
{
    if (amount == amount_) return;
    amount_ = amount;
    Q_EMIT changed();
}

void IdleTtlEditor::setUnit(int unit)
{
    if (unit < 0 || unit >= static_cast<int>(kUnits.size()) || unit == unit_) return;
    unit_ = unit;
    Q_EMIT changed();
}

std::optional<double> IdleTtlEditor::typedMs() const
{
    bool ok = false;
    const double amount = format::locale().toDouble(amount_.trimmed(), &ok);
    if (!ok || !std::isfinite(amount)) return std::nullopt;
    return std::round(amount * kUnits[static_cast<std::size_t>(unit_)]);
}

QString IdleTtlEditor::problem() const
{
    if (!isCustom() || amount_.trimmed().isEmpty()) return {};
    const auto ms = typedMs();
    if (!ms) return tr("%1 is not a number").arg(QStringLiteral("“%1”").arg(amount_.trimmed()));
    if (*ms >= 1 && *ms <= longest()) return {};
    return tr("must be more than 0 and at most %1").arg(format::milliseconds(longest()));
}

void IdleTtlEditor::apply()
{
    if (!isAcceptable()) return;
    if (choice_ == kBySetting)
        Q_EMIT applied(model_, std::nullopt);
    else if (isCustom())
        Q_EMIT applied(model_, static_cast<quint64>(*typedMs()));
    else
        Q_EMIT applied(model_, kSpans[static_cast<std::size_t>(choice_ - 1)]);
}

}  // namespace millrace::desktop
