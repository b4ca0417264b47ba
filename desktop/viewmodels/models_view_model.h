// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/model_list.h"
#include "lists/stage_list.h"
#include "series/row_trends.h"
#include "viewmodels/idle_ttl_editor.h"
#include "viewmodels/load_spans.h"
#include "viewmodels/page_figures.h"
#include "viewmodels/page_view_model.h"

#include <functional>

namespace millrace::desktop {

/// What is in memory, and what is predicted to be needed next.
class ModelsViewModel : public millrace::desktop::PageViewModel {  // whole name: moc passes it on as written
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the shell has one")
    Q_PROPERTY(millrace::desktop::ModelList* models READ models CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::KpiList* kpis READ kpis CONSTANT FINAL)
    Q_PROPERTY(bool any READ hasAny NOTIFY changed FINAL)
    Q_PROPERTY(millrace::desktop::LoadableModels* loadable READ loadable CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::IdleTtlEditor* idleTtl READ idleTtl CONSTANT FINAL)
    Q_PROPERTY(bool anyLoadable READ hasAnyLoadable NOTIFY changed FINAL)  ///< a model could be loaded now
    Q_PROPERTY(int idleCount READ idleCount NOTIFY changed FINAL)          ///< those that "Unload idle" would unload
    Q_PROPERTY(QString predictionText READ predictionText NOTIFY changed FINAL)
    // The timeline over the shown window.
    Q_PROPERTY(QStringList laneNames READ laneNames NOTIFY timelineChanged FINAL)
    Q_PROPERTY(QList<int> spanLanes READ spanLanes NOTIFY timelineChanged FINAL)
    Q_PROPERTY(double knownFrom READ knownFrom NOTIFY timelineChanged FINAL)  ///< of the loads: LoadSpans::knownFrom
    Q_PROPERTY(QList<double> spanBegins READ spanBegins NOTIFY timelineChanged FINAL)
    Q_PROPERTY(QList<double> spanEnds READ spanEnds NOTIFY timelineChanged FINAL)
    Q_PROPERTY(QList<int> spanKinds READ spanKinds NOTIFY timelineChanged FINAL)  ///< LoadTimeline::Kind
    Q_PROPERTY(QStringList spanHints READ spanHints NOTIFY timelineChanged FINAL)
    Q_PROPERTY(QList<double> tickPlaces READ tickPlaces NOTIFY timelineChanged FINAL)
    Q_PROPERTY(QStringList tickTexts READ tickTexts NOTIFY timelineChanged FINAL)
    Q_PROPERTY(QString timelineSummary READ timelineSummary NOTIFY timelineChanged FINAL)
    // What follows what.
    Q_PROPERTY(QStringList matrixNames READ matrixNames NOTIFY changed FINAL)
    Q_PROPERTY(QList<double> matrixShares READ matrixShares NOTIFY changed FINAL)
    Q_PROPERTY(QStringList matrixHints READ matrixHints NOTIFY changed FINAL)
public:
    static constexpr int kLanesMax = 9;
    static constexpr int kMatrixMax = 9;

    explicit ModelsViewModel(Session& session, QObject* parent = nullptr);

    ModelList* models() { return &models_; }
    KpiList* kpis() { return &kpis_; }
    bool hasAny() const { return models_.rowCount() > 0; }
    LoadableModels* loadable() { return &loadable_; }
    IdleTtlEditor* idleTtl() { return &idleTtl_; }
    bool hasAnyLoadable() const { return anyLoadable_; }
    int idleCount() const { return static_cast<int>(idleNames_.size()); }
    QString predictionText() const { return predictionText_; }
    QStringList laneNames() const { return timeline_.laneNames; }
    QList<int> spanLanes() const { return timeline_.lanes; }
    double knownFrom() const { return timeline_.knownFrom; }
    QList<double> spanBegins() const { return timeline_.begins; }
    QList<double> spanEnds() const { return timeline_.ends; }
    QList<int> spanKinds() const { return timeline_.kinds; }
    QStringList spanHints() const { return timeline_.hints; }
    QList<double> tickPlaces() const { return tickPlaces_; }
    QStringList tickTexts() const { return tickTexts_; }
    QString timelineSummary() const { return timeline_.summary; }
    QStringList matrixNames() const { return matrixNames_; }
    QList<double> matrixShares() const { return matrixShares_; }
    QStringList matrixHints() const { return matrixHints_; }
    void refresh() override;

    Q_INVOKABLE void load(const QString& model);
    Q_INVOKABLE void unload(const QString& model);
    Q_INVOKABLE void pin(const QString& model, bool pinned);
    Q_INVOKABLE void editIdleTtl(const QString& model);  ///< opens idleTtl
    Q_INVOKABLE void setPreload(const QString& model, bool preload);
    Q_INVOKABLE void unloadIdle();

    /// For the rail: "3 / 9" of those that the engine loads; the rest is managed by its servers.
    static QString warmCount(const Session& session);
    static QString warmTip(const Session& session);
    /// Its state as people read it: "loaded", "not loaded", "preloading · 84 ms".
    static QString stateText(const control::ModelState& model);
    static QString kindText(control::ModelKind kind);
    static int loadableCount(const control::ModelSection& section);
    /// Every model that could be evicted is in memory: nothing is there to preload, and a share of hits says nothing.
    static bool allFit(const control::ModelSection& section, std::optional<double> resident);

Q_SIGNALS:
    void changed();
    void timelineChanged();

private:
    void gatherTrends();
    void refreshKpis();
    void refreshModels();
    void refreshTimeline();
    void refreshMatrix();
    void note(const QString& model, const QString& text, bool bad);
    void refused(const QString& model, const QString& text);         ///< a note, and a notice on other pages
    void askToLoad(const QString& model, bool load, bool undoable);  ///< else to unload
    void askToPin(const QString& model, bool pinned, bool undoable);
    void setIdleTtl(const QString& model, IdleTtlEditor::Ttl ttl);
    /// `done`: what it comes to, in words. `undo` requests the previous state; null: not undoable.
    void askForPolicy(const control::SetModelPolicyRequest& request, const QString& done, std::function<void()> undo);
    const control::ModelState* find(const QString& model) const;

    ModelList models_;
    RowTrends trends_;
    LoadableModels loadable_{models_};
    IdleTtlEditor idleTtl_;
    KpiList kpis_;
    ActionNotes notes_;
    bool anyLoadable_ = false;
    QStringList idleNames_;
    QString predictionText_;
    LoadSpans timeline_;
    QList<double> tickPlaces_;
    QStringList tickTexts_;
    QStringList matrixKept_;
    QStringList matrixNames_;
    QList<double> matrixShares_;
    QStringList matrixHints_;
};

}  // namespace millrace::desktop
