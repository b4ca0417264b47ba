// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/revisions_view_model.h"

#include "config/server_state.h"
#include "config/setting_text.h"
#include "format/numbers.h"

#include <algorithm>
#include <cmath>

namespace millrace::desktop {
namespace {

QString str(const std::string& text)
{
    return QString::fromStdString(text);
}

/// A figure of the effect table: in the words of the pages, the most important ones first.
struct Measured {
    const char* series;
    const char* title;
    int better;  // more (1), less (-1), neither (0)
};
constexpr Measured kMeasured[] = {
    {"latency_p99_ms", QT_TRANSLATE_NOOP("RevisionsViewModel", "p99 latency"), -1},
    {"requests_per_second", QT_TRANSLATE_NOOP("RevisionsViewModel", "Throughput"), 1},
    {"failed_per_second", QT_TRANSLATE_NOOP("RevisionsViewModel", "Failed requests"), -1},
    {"first_byte_p99_ms", QT_TRANSLATE_NOOP("RevisionsViewModel", "Time to first byte, p99"), -1},
    {"latency_p50_ms", QT_TRANSLATE_NOOP("RevisionsViewModel", "Median latency"), -1},
    {"batch_rows_average", QT_TRANSLATE_NOOP("RevisionsViewModel", "Batch size"), 0},
    {"warm_rate", QT_TRANSLATE_NOOP("RevisionsViewModel", "Served from memory"), 1},
    {"connection_reuse", QT_TRANSLATE_NOOP("RevisionsViewModel", "Connection reuse"), 1},
    {"engine_resident_bytes", QT_TRANSLATE_NOOP("RevisionsViewModel", "Engine memory"), -1},
    {"engine_cpu_cores", QT_TRANSLATE_NOOP("RevisionsViewModel", "Engine CPU"), -1},
};

}  // namespace

RevisionsViewModel::RevisionsViewModel(Session& session, const ServerState& server, QObject* parent)
    : QObject(parent), session_(session), server_(server), all_(std::make_unique<control::Revisions>())
{
    connect(&session_, &Session::ticked, this, &RevisionsViewModel::tick);
}

RevisionsViewModel::~RevisionsViewModel() = default;

void RevisionsViewModel::load()
{
    if (asking_ || !session_.isWritable()) return;
    asking_ = true;
    askedMs_ = session_.nowMs();
    session_.client().listRevisions(this, [this](const Outcome<control::Revisions>& outcome) {
        asking_ = false;
        if (outcome.ok()) take(*outcome.reply);
    });
}

void RevisionsViewModel::forget()
{
    all_->Clear();
    chosen_ = measured_ = 0;
    outcome_.clear();
    asking_ = false;
    show();
}

const control::Revision* RevisionsViewModel::newest() const
{
    return all_->revisions_size() > 0 ? &all_->revisions(0) : nullptr;
}

const control::Revision* RevisionsViewModel::find(quint64 revision) const
{
    for (const auto& entry : all_->revisions()) {
        if (entry.revision() == revision) return &entry;
    }
    return nullptr;
}

qint64 RevisionsViewModel::msLeft(qint64 span) const
{
    return newest() ? newest()->time_ms() + span - session_.nowMs() : 0;
}

void RevisionsViewModel::tick()
{
    if (outcomeMs_ != 0 && session_.nowMs() - outcomeMs_ > kNewsMs) {
        outcomeMs_ = 0;
        outcome_.clear();
        Q_EMIT changed();
    }
    const auto* last = newest();
    if (!last) return;
    const bool wantsAfter = last->after_size() == 0 && last->before_size() > 0;
    if (measured_ == 0 && !wantsAfter) return;
    const qint64 due = msLeft(measured_ != 0 ? kGuardMs : kMeasureMs);
    if (due > -kLateMs || measured_ != 0) {
        const int seconds = secondsLeft();
        if (seconds != secondsShown_) {
            secondsShown_ = seconds;
            Q_EMIT changed();
        }
    }
    // Due: asked once a second until the engine says so, or for as long as it can be expected to.
    if (due <= 0 && due > -kLateMs && session_.nowMs() - askedMs_ >= kAskEveryMs) load();
}

void RevisionsViewModel::take(const control::Revisions& revisions)
{
    const quint64 waited = measured_;
    *all_ = revisions;
    measured_ = 0;
    for (const auto& revision : all_->revisions()) {
        if (revision.outcome() == control::GUARD_OUTCOME_MEASURING) measured_ = revision.revision();
    }
    if (waited != 0 && measured_ != waited) {
        if (const auto* judged = find(waited)) tell(*judged);
    }
    secondsShown_ = secondsLeft();
    show();
    Q_EMIT listChanged();
}

void RevisionsViewModel::tell(const control::Revision& revision)
{
    const QString why = str(revision.verdict());
    switch (revision.outcome()) {
        case control::GUARD_OUTCOME_KEPT:
            outcome_ = tr("Revision %1 is kept: %2").arg(revision.revision()).arg(why);
            break;
        case control::GUARD_OUTCOME_REVERTED:
            outcome_ = tr("Revision %1 was taken back: %2").arg(revision.revision()).arg(why);
            break;
        case control::GUARD_OUTCOME_NOT_REVERTED:
            outcome_ = tr("Revision %1 made it worse and is still active: %2").arg(revision.revision()).arg(why);
            break;
        case control::GUARD_OUTCOME_NOT_JUDGED:
            outcome_ = tr("Revision %1 was not judged and stays: %2").arg(revision.revision()).arg(why);
            break;
        default:
            return;
    }
    outcomeBad_ = revision.outcome() != control::GUARD_OUTCOME_KEPT;
    outcomeMs_ = session_.nowMs();
    Q_EMIT session_.notice(outcome_, outcomeBad_);
}

int RevisionsViewModel::secondsLeft() const
{
    const qint64 left = msLeft(isMeasuring() ? kGuardMs : kMeasureMs);
    return static_cast<int>(std::max<qint64>(0, (left + 999) / 1000));
}

double RevisionsViewModel::progress() const
{
    if (!isMeasuring()) return 0;
    return std::clamp(1.0 - static_cast<double>(msLeft(kGuardMs)) / static_cast<double>(kGuardMs), 0.0, 1.0);
}

QString RevisionsViewModel::guardText() const
{
    if (!isMeasuring()) return {};
    const int left = secondsLeft();
    return left > 0 ? tr("Measuring revision %1: %2 s left").arg(measured_).arg(left)
                    : tr("Measuring revision %1: judging").arg(measured_);
}

QString RevisionsViewModel::setBy(const QString& path) const
{
    const std::string wanted = path.toStdString();
    for (const auto& revision : all_->revisions()) {
        for (const auto& change : revision.changes()) {
            if (change.path() == wanted) return QString::number(revision.revision());
        }
    }
    return {};
}

QString RevisionsViewModel::changeText(const control::Revision& revision) const
{
    if (revision.author() == "guard" || revision.changes_size() == 0) {
        return revision.comment().empty() ? tr("no difference") : str(revision.comment());
    }
    QStringList parts;
    QStringList added, removed;
    for (const auto& change : revision.changes()) {
        const QString path = str(change.path());
        // An entry that came or went is one thing, not eight.
        if (path.endsWith(u"].name") && change.before().empty()) {
            added.append(str(change.after()));
            parts.append(tr("backend %1 added").arg(added.last()));
        } else if (path.endsWith(u"].name") && change.after().empty()) {
            removed.append(str(change.before()));
            parts.append(tr("backend %1 removed").arg(removed.last()));
        }
    }
    for (const auto& change : revision.changes()) {
        const QString path = str(change.path());
        if (path.contains(u'[') && (!added.isEmpty() || !removed.isEmpty())) continue;
        const auto* setting = server_.find(path);
        const auto value = [&](const std::string& text) {
            return setting ? setting_text::shown(*setting, str(text)) : text.empty() ? format::kNone : str(text);
        };
        parts.append(QStringLiteral("%1 %2 → %3")
                         .arg(setting ? str(setting->title()) : path, value(change.before()), value(change.after())));
    }
    return parts.join(QStringLiteral(", "));
}

void RevisionsViewModel::show()
{
    QList<RevisionRow> rows;
    const auto* shown = find(chosen_);
    if (!shown) shown = newest();
    for (const auto& revision : all_->revisions()) {
        RevisionRow row;
        row.revision = revision.revision();
        row.timeText = format::clock(revision.time_ms());
        row.author = str(revision.author());
        row.text = changeText(revision);
        row.active = revision.revision() == server_.revision();
        row.chosen = &revision == shown;
        const QString why = str(revision.verdict());
        switch (revision.outcome()) {
            case control::GUARD_OUTCOME_MEASURING:
                row.outcome = tr("guarded, measuring");
                break;
            case control::GUARD_OUTCOME_KEPT:
                row.outcome = tr("kept: %1").arg(why);
                break;
            case control::GUARD_OUTCOME_REVERTED:
                row.outcome = tr("taken back: %1").arg(why);
                row.bad = true;
                break;
            case control::GUARD_OUTCOME_NOT_REVERTED:
                row.outcome = tr("worse, still active: %1").arg(why);
                row.bad = true;
                break;
            case control::GUARD_OUTCOME_NOT_JUDGED:
                row.outcome = tr("not judged: %1").arg(why);
                break;
            default:
                break;
        }
        rows.append(row);
    }
    revisions_.sync(rows);
    if (shown) {
        showEffect(*shown);
    } else {
        effect_.sync({});
    }
    Q_EMIT changed();
}

void RevisionsViewModel::showEffect(const control::Revision& revision)
{
    QList<ChangeRow> figures;
    for (const Measured& measured : kMeasured) {
        const auto before = revision.before().find(measured.series);
        const auto after = revision.after().find(measured.series);
        const bool hasAfter = after != revision.after().end();
        if (before == revision.before().end()) continue;
        const auto unit = format::unitOf(QString::fromLatin1(measured.series));
        ChangeRow row;
        row.id = QString::fromLatin1(measured.series);
        row.title = tr(measured.title);
        row.before = format::text(before->second, unit);
        row.after = hasAfter ? format::text(after->second, unit) : format::kNone;
        const auto noise = revision.noise().find(measured.series);
        if (hasAfter && noise != revision.noise().end()) {
            const double difference = after->second - before->second;
            row.detail = tr("± %1 by itself").arg(format::text(noise->second, unit));
            // Below three percent nobody notices, however steady the figure is.
            const bool counts =
                std::abs(difference) > noise->second && std::abs(difference) > 0.03 * std::abs(before->second);
            if (counts && measured.better != 0) {
                row.trend = (difference > 0) == (measured.better > 0) ? ChangeList::Better : ChangeList::Worse;
            }
        }
        figures.append(row);
    }
    effect_.sync(figures);
}

QString RevisionsViewModel::effectTitle() const
{
    const auto* shown = find(chosen_);
    if (!shown) shown = newest();
    return shown ? tr("Effect of revision %1").arg(shown->revision()) : QString();
}

QString RevisionsViewModel::effectNote() const
{
    const auto* shown = find(chosen_);
    if (!shown) shown = newest();
    if (!shown || effect_.rowCount() == 0) return {};
    if (shown->after_size() > 0) {
        return shown->noise_size() > 0 ? QString() : tr("Too few seconds to say what is chance.");
    }
    if (shown != newest()) return tr("Another revision followed before it was measured.");
    const qint64 left = msLeft(kMeasureMs);
    if (left > 0) return tr("Mean of a minute: %1 s left").arg((left + 999) / 1000);
    return left > -kLateMs ? tr("Mean of a minute: a moment")
                           : tr("Not measured: there was no traffic, or the engine was stopped.");
}

void RevisionsViewModel::choose(double revision)
{
    const auto wanted = static_cast<quint64>(std::llround(revision));
    chosen_ = newest() && newest()->revision() == wanted ? 0 : wanted;
    show();
    load();
}

}  // namespace millrace::desktop
