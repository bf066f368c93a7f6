/** Bugs that are planted one by one, to see that the world finds them: each a change of the product's text when it is loaded. */
import { engineBugs } from "./engine.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { stepBugs } from "./steps.ts";

export const plantedBugs: readonly PlantedBug[] = [...engineBugs, ...stepBugs];
