export interface BuildResult {
  directory: string
  routes: { count: number; hash: string }
  activities: number
}

/** What `posthorn build` made, for people. */
export const buildLines = ({ directory, routes, activities }: BuildResult): string[] => [
  `Built ${routes.count} routes (table ${routes.hash}) and ${activities} activities into ${directory}.`,
]
