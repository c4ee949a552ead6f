# What R's packages take for the tasks of the comparison, timed inside R: Rscript peers.R FOLDER TOOL[,TOOL...] and the scales
# of the priors of mu, coefficients and tau
# FOLDER holds fit_13.csv, fit_100.csv, moderator_13.csv (yi, sei, x) and batch.csv (set, yi, sei).
# Printed is a line per number: tool <tab> task <tab> quantity <tab> value. A tool that is not there gives its reason.
# bayesmeta and baggr are called as their manuals say.

arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
tools <- strsplit(arguments[2], ",")[[1]]
mu_sd <- as.numeric(arguments[3])
beta_sd <- as.numeric(arguments[4])
tau_scale <- as.numeric(arguments[5])

tell <- function(tool, task, quantity, value)
  cat(tool, task, quantity, if (is.numeric(value)) format(value, digits = 17) else value, sep = "\t", fill = FALSE, "\n")

table_of <- function(task) read.csv(file.path(folder, paste0(task, ".csv")))

# Median seconds of a call: loops for short ones, so that the clock's grain does not count.
timed <- function(call, least = 0.2, rounds = 5) {
  once <- system.time(found <- call())[["elapsed"]]
  loops <- max(1, min(1000, floor(least / max(once, 1e-3))))
  if (once > 5) rounds <- 1
  times <- replicate(rounds, system.time(for (i in seq_len(loops)) call())[["elapsed"]] / loops)
  list(seconds = median(times), found = found)
}

report <- function(tool, task, call, units = 1, note = "") {
  result <- tryCatch(timed(call), error = function(problem) conditionMessage(problem))
  if (is.character(result)) return(tell(tool, task, "absent", gsub("[\t\n]", " ", result)))
  tell(tool, task, "seconds", result$seconds / units)
  for (name in names(result$found)) tell(tool, task, name, result$found[[name]])
  if (nzchar(note)) tell(tool, task, "note", note)
}

summarized <- function(name, draws)
  setNames(list(mean(draws), sd(draws), quantile(draws, 0.025)[[1]], quantile(draws, 0.975)[[1]]),
           paste0(name, c(".mean", ".sd", ".q0.025", ".q0.975")))

run_metafor <- function() {
  note <- "estimate and standard error, tau by REML"
  fit <- function(yi, sei, mods = NULL) {
    found <- if (is.null(mods)) metafor::rma(yi, sei = sei) else metafor::rma(yi, sei = sei, mods = mods)
    last <- length(found$beta)
    name <- if (is.null(mods)) "mu" else "ablat"
    values <- list(found$beta[last], found$se[last], found$ci.lb[last], found$ci.ub[last], sqrt(found$tau2))
    setNames(values, c(paste0(name, c(".mean", ".sd", ".q0.025", ".q0.975")), "tau.mean"))
  }
  for (task in c("fit_13", "fit_100")) {
    d <- table_of(task)
    report("metafor (REML)", task, function() fit(d$yi, d$sei), note = note)
  }
  d <- table_of("moderator_13")
  report("metafor (REML)", "moderator_13", function() fit(d$yi, d$sei, d$x), note = note)
  sets <- split(table_of("batch"), table_of("batch")$set)
  loop <- function() { for (one in sets) metafor::rma(one$yi, sei = one$sei); list() }
  report("metafor (REML)", "batch", loop, length(sets), "a loop")
  tell("metafor (REML)", "large", "absent", "lays out k by k matrices, 80 GB each")
}

run_bayesmeta <- function() {
  half_normal <- function(t) bayesmeta::dhalfnormal(t, scale = tau_scale)
  rows <- c("mean", "sd", "95% lower", "95% upper")
  read <- function(found, column, name)
    setNames(as.list(found[rows, column]), paste0(name, c(".mean", ".sd", ".q0.025", ".q0.975")))
  for (task in c("fit_13", "fit_100")) {
    d <- table_of(task)
    report("bayesmeta", task, function() {
      found <- bayesmeta::bayesmeta(d$yi, d$sei, mu.prior = c(mean = 0, sd = mu_sd), tau.prior = half_normal,
                                    interval.type = "central")
      c(read(found$summary, "mu", "mu"), read(found$summary, "tau", "tau"))
    })
  }
  d <- table_of("moderator_13")
  report("bayesmeta", "moderator_13", function() {
    found <- bayesmeta::bmr(d$yi, d$sei, X = cbind(one = 1, ablat = d$x), beta.prior.mean = c(0, 0),
                            beta.prior.sd = c(beta_sd, beta_sd), tau.prior = half_normal, interval.type = "central")
    c(read(found$summary, "ablat", "ablat"), read(found$summary, "tau", "tau"))
  })
}

run_brms <- function() {
  if (!nzchar(system.file("include", package = "BH")) && dir.exists("/usr/include/boost"))
    rstan::rstan_options(boost_lib = "/usr/include")  # Debian keeps Boost outside R's library
  place <- function(class) brms::prior_string(sprintf("normal(0, %g)", if (class == "sd") tau_scale else mu_sd), class = class)
  sample <- function(model, d)
    brms::brm(model, d, prior = place("Intercept") + place("sd"), chains = 0, refresh = 0)
  for (task in c("fit_13", "fit_100")) {
    d <- table_of(task)
    d$study <- seq_len(nrow(d))
    compiling <- system.time(model <- sample(yi | se(sei) ~ 1 + (1 | study), d))[["elapsed"]]
    report("brms", task, function() {
      found <- as.data.frame(update(model, chains = 4, cores = 1, seed = 1, refresh = 0, recompile = FALSE))
      c(summarized("mu", found[["b_Intercept"]]), summarized("tau", found[["sd_study__Intercept"]]))
    }, note = sprintf("4 x 1,000 draws in one process, after compiling for %.0f s", compiling))
  }
}

run_baggr <- function() {
  for (task in c("fit_13", "fit_100")) {
    d <- table_of(task)
    report("baggr", task, function() {
      found <- baggr::baggr(data.frame(group = seq_len(nrow(d)), tau = d$yi, se = d$sei), model = "rubin",
                            prior_hypermean = baggr::normal(0, mu_sd), prior_hypersd = baggr::normal(0, tau_scale),
                            chains = 4, cores = 1, iter = 2000, refresh = 0)
      draws <- baggr::treatment_effect(found)
      c(summarized("mu", draws$tau), summarized("tau", draws$sigma_tau))
    }, note = "4 x 1,000 draws in one process")
  }
}

for (tool in tools) {
  if (!requireNamespace(tool, quietly = TRUE)) {
    tell(tool, "", "absent", "R is there, the package is not")
    next
  }
  tell(tool, "", "version", as.character(packageVersion(tool)))
  invisible(capture.output(suppressWarnings(suppressMessages(found <- tryCatch({
    lines <- capture.output(get(paste0("run_", tool))())
    lines
  }, error = function(problem) paste(tool, "", "absent", conditionMessage(problem), sep = "\t"))))))
  writeLines(grep("\t", found, value = TRUE, fixed = TRUE))
}
