#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "discovery/discovery.h"
#include "discovery/generating.h"
#include "discovery/tree_index.h"
#include "evaluate/generated_applications.h"
#include "git/file_tree.h"

namespace towline::evaluate {
namespace {

bool declares(const manifest::Resource& resource) {
  return resource.key.group == "argoproj.io" &&
         (resource.key.kind == "Application" || resource.key.kind == "ApplicationSet");
}

/// What another state's search found, as far as it holds for this one too.
struct TakenOver {
  const GeneratedApplications* found = nullptr;
  const discovery::TreeChanges* changes = nullptr;
  std::vector<std::string> changed_paths;
};

/// The search through one state, a level of renderings at a time.
class Search {
 public:
  Search(const GenerationQuestion& question, const State& state)
      : question_(question), state_(state), tree_(question.repository), index_(tree_, state.known->listing) {
    const auto& declared = state.known->survey.discovered().applications;
    for (std::size_t i = 0; i < declared.size(); ++i) {
      by_name_.emplace(declared[i].name, &declared[i]);
      if (state.known->survey.may_generate(i)) waiting_.push_back(&declared[i]);
    }
  }

  void take_over(TakenOver known) { known_ = std::move(known); }

  const std::vector<const discovery::Application*>& waiting() const { return waiting_; }
  void add_requests(std::vector<render::Renderer::Request>& requests) const {
    for (const auto* application : waiting_) requests.push_back({state_.commit, application, state_.known->listing});
  }

  /// What was rendered of those that wait; those that came of it wait then.
  Result<void> look_through(std::vector<render::Rendered>::iterator rendered) {
    const auto parents = std::exchange(waiting_, {});
    for (const discovery::Application* parent : parents) CHECK_OK(read(*parent, *rendered++));
    return {};
  }

  const GeneratedApplications& found() const { return found_; }

  GeneratedApplications finish() {
    if (!waiting_.empty()) {
      found_.gaps.push_back("applications that generate applications are followed " +
                            plural(question_.limits.levels, "level") + " deep, and '" + waiting_.front()->name +
                            "' is deeper" +
                            (waiting_.size() > 1 ? ", as are " + plural(waiting_.size() - 1, "other") : ""));
    }
    return std::move(found_);
  }

 private:
  Result<void> read(const discovery::Application& parent, const render::Rendered& rendered) {
    found_.followed.insert(&parent);
    if (!rendered.problems.empty()) {
      found_.gaps.push_back("'" + parent.name +
                            "' may generate applications and cannot be rendered completely, so not all that come of it "
                            "are known: " +
                            rendered.problems.front().message);
    }
    std::vector<const yaml::Node*> objects;
    for (const manifest::Resource& resource : rendered.resources) {
      if (declares(resource)) objects.push_back(&resource.body);
    }
    if (objects.empty()) return {};
    TRY(discovery::Discovered declared,
        discovery::discover_rendered(index_, parent, objects, state_.known->survey.discovered().applications,
                                     question_.clusters, question_.own, budget_));
    std::move(declared.problems.begin(), declared.problems.end(), std::back_inserter(found_.problems));
    for (discovery::Application& application : declared.applications) {
      if (is_full_) return {};
      const std::string name = application.name;
      const std::size_t before = found_.all.size();
      CHECK_OK(add(std::move(application), parent));
      if (found_.all.size() > before) note_declared(name, parent, declared);
    }
    return {};
  }

  void note_declared(const std::string& name, const discovery::Application& parent,
                     const discovery::Discovered& rendered) {
    const auto object = std::find_if(rendered.declared.begin(), rendered.declared.end(),
                                     [&](const auto& one) { return one.kind == "Application" && one.name == name; });
    const std::string ns = object == rendered.declared.end() ? "" : object->ns;
    found_.declared.push_back({"Application", ns, name, parent.declared_in, "what '" + parent.name + "' renders"});
  }

  Result<void> add(discovery::Application application, const discovery::Application& parent) {
    if (const discovery::Application* same = find_same(application)) {
      // An application that renders itself manages itself; that is done on purpose.
      if (same != &parent && is_above(*same, parent)) {
        found_.circles.emplace(parent.name, "it generates '" + same->name +
                                                "', of which it comes itself: a circle, which is followed once");
      }
      return {};
    }
    if (found_.all.size() >= question_.limits.applications) {
      is_full_ = true;
      found_.gaps.push_back("more than " + plural(question_.limits.applications, "application") +
                            " are generated, and the others, the first of '" + parent.name + "', are not looked at");
      return {};
    }
    GeneratedApplication& made = found_.all.emplace_back();
    made.application = std::move(application);
    made.parent = &parent;
    CHECK_OK(find_inputs(made));
    by_name_.emplace(made.application.name, &made.application);
    generated_.emplace(&made.application, &made);
    if (made.may_generate) waiting_.push_back(&made.application);
    return {};
  }

  /// The application, whoever declares it, that is known already.
  const discovery::Application* find_same(const discovery::Application& application) const {
    const auto [first, last] = by_name_.equal_range(application.name);
    if (first == last) return nullptr;
    const discovery::Application wanted = discovery::comparable(application);
    const auto same =
        std::find_if(first, last, [&](const auto& one) { return discovery::comparable(*one.second) == wanted; });
    return same == last ? nullptr : same->second;
  }

  bool is_above(const discovery::Application& application, const discovery::Application& start) const {
    const discovery::Application* at = &start;
    while (at != nullptr && at != &application) {
      const auto made = generated_.find(at);
      at = made == generated_.end() ? nullptr : made->second->parent;
    }
    return at != nullptr;
  }

  Result<void> find_inputs(GeneratedApplication& made) {
    if (known_.found != nullptr) {
      // In the order in which they come: mostly the same on both sides.
      const auto& others = known_.found->all;
      const std::size_t place = found_.all.size() - 1;
      const auto is_same = [&](const auto& one) { return one.application == made.application; };
      const auto same = place < others.size() && is_same(others[place])
                            ? others.begin() + static_cast<std::ptrdiff_t>(place)
                            : std::find_if(others.begin(), others.end(), is_same);
      if (same != others.end() && !same->inputs->reads.touched_by(*known_.changes)) {
        made.inputs = same->inputs;
        if (!made.inputs->sources_touched_by(known_.changed_paths)) {
          made.may_generate = same->may_generate;
          return {};
        }
      }
    }
    if (made.inputs == nullptr) {
      TRY(auto inputs, discovery::ApplicationInputs::of(index_, made.application));
      made.inputs = std::make_shared<const discovery::ApplicationInputs>(std::move(inputs));
    }
    TRY(made.may_generate, discovery::may_generate(index_, made.application, *made.inputs, &question_.screen));
    return {};
  }

  const GenerationQuestion& question_;
  const State& state_;
  const git::BlobTree tree_;
  const discovery::TreeIndex index_;
  discovery::ExpansionBudget budget_;
  TakenOver known_;
  GeneratedApplications found_;
  bool is_full_ = false;
  std::vector<const discovery::Application*> waiting_;  ///< to be rendered next
  std::multimap<std::string, const discovery::Application*> by_name_;
  std::map<const discovery::Application*, const GeneratedApplication*> generated_;
};

/// Level by level, all searches' renders of a level side by side.
Result<void> run(const GenerationQuestion& question, const std::vector<Search*>& searches) {
  for (std::size_t level = 0; level < question.limits.levels; ++level) {
    std::vector<render::Renderer::Request> requests;
    for (const Search* search : searches) search->add_requests(requests);
    if (requests.empty()) return {};
    TRY(auto rendered, question.renderer.render_all(question.repository, requests));
    auto next = rendered.begin();
    for (Search* search : searches) {
      const auto count = static_cast<std::ptrdiff_t>(search->waiting().size());
      CHECK_OK(search->look_through(next));
      next += count;
    }
  }
  return {};
}

}  // namespace

Result<GeneratedSides> follow_generated(const GenerationQuestion& question, const State& base, const State& head,
                                        const discovery::TreeChanges& changes) {
  Search at_base(question, base);
  Search at_head(question, head);
  TakenOver known{&at_base.found(), &changes, {}};
  for (const auto& change : changes.all()) known.changed_paths.push_back(change.path);
  at_head.take_over(std::move(known));
  CHECK_OK(run(question, {&at_base, &at_head}));
  return GeneratedSides{at_base.finish(), at_head.finish()};
}

Result<GeneratedApplications> follow_generated(const GenerationQuestion& question, const State& state) {
  Search search(question, state);
  CHECK_OK(run(question, {&search}));
  return search.finish();
}

}  // namespace towline::evaluate
